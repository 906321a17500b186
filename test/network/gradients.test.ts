import { describe, expect, it } from "vitest";
import {
  type Backend,
  type BatchLog,
  type CustomBackward,
  type CustomForward,
  CustomLayer,
  createBackendSync,
  dense,
  type FitOptions,
  losses,
  Network,
  OutOfMemoryError,
  restoreCheckpoint,
  Sequential,
  sgd,
} from "../../src/index.js";
import { exactVariants, on } from "../reference/backends.js";
import { Random } from "../support/random.js";

/** More rows than a block of the sums has, of an odd number of columns: the slabs have gaps. */
const ROWS = 300;
const layers = () => [dense(7, { activation: "tanh" }), dense(3)];
const random = new Random(8);
const x = random.floats(ROWS * 5);
const others = random.floats(ROWS * 5);
const dy = random.floats(ROWS * 3);

const gradientsOf = (model: Network): Float32Array[] =>
  model.parameters.map(({ gradient }) => gradient.data.slice());
const sumOf = (a: Float32Array[], b: Float32Array[]): Float32Array[] =>
  a.map((values, i) => values.map((value, j) => value + b[i][j]));
const bytesOf = (model: Network): string => model.summary().split("\n").at(-1) ?? "";

/** A backend that has no memory left, and a function that gives it back. */
function exhaust(backend: Backend): () => void {
  const { allocate } = backend;
  backend.allocate = () => {
    throw new OutOfMemoryError("full");
  };
  return () => {
    backend.allocate = allocate;
  };
}

describe.each(exactVariants)("the gradients of several backwards, on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));
  const dOut = backend.matrix(ROWS, 3, dy);
  const make = () => new Network(backend, { inputShape: 5, seed: 2, layers: layers() });
  const back = (model: Network, samples: Float32Array, inputGradient = false) => {
    model.forward(samples, { training: true });
    model.backward(dOut, { inputGradient });
    return gradientsOf(model);
  };
  /** Of one backward alone. */
  const alone = (samples: Float32Array): Float32Array[] => {
    using model = make();
    return back(model, samples);
  };
  const [first, second] = [alone(x), alone(others)];

  it.each([false, true])(
    "are the sums of each alone, in order, with those of the inputs: %s",
    (inputGradient) => {
      using model = make();
      expect(back(model, x, inputGradient)).toEqual(first);
      expect(back(model, others, inputGradient)).toEqual(sumOf(first, second));
      expect(back(model, x, inputGradient)).toEqual(sumOf(sumOf(first, second), first));
    },
  );

  it("begin anew once they are zeroed", () => {
    using model = make();
    back(model, x);
    back(model, x);
    model.zeroGradients();
    expect(gradientsOf(model).flatMap((values) => [...values])).toEqual(new Array(66).fill(0));
    expect(back(model, others)).toEqual(second);
    expect(back(model, x)).toEqual(sumOf(second, first));
  });

  it("are added to what a loop of one's own has written there", () => {
    using model = make();
    const written = first.map((values) => values.map((_, i) => i / 7));
    for (const [i, { gradient }] of model.parameters.entries()) gradient.set(written[i]);
    expect(back(model, x)).toEqual(sumOf(written, first));
  });

  it("stay as they are for an empty batch", () => {
    using model = make();
    back(model, x);
    const before = back(model, others);
    model.forward(backend.matrix(0, 5), { training: true });
    model.backward(backend.matrix(0, 3));
    expect(gradientsOf(model)).toEqual(before);
  });

  it("are those of both kinds of pass, in turn", async () => {
    using model = new Sequential(backend, { inputShape: 5, seed: 2, layers: layers() });
    const optimizer = sgd({ learningRate: 1e-30 });
    const loss = losses.meanSquaredError();
    await model.fit(others, dy, { loss, optimizer, batchSize: 100, accumulate: 3, epochs: 2 });
    model.zeroGradients();
    expect(back(model, x)).toEqual(first);
    expect(back(model, others)).toEqual(sumOf(first, second));
  });
});

it("there is memory for a second backward only once it comes", () => {
  const backend = createBackendSync();
  using model = new Network(backend, { inputShape: 5, layers: layers() });
  const dOut = backend.matrix(ROWS, 3, dy);
  model.forward(x, { training: true });
  const before = backend.memory.liveBytes;
  for (let i = 0; i < 3; i++) {
    model.zeroGradients();
    model.backward(dOut);
  }
  expect(backend.memory.liveBytes).toBe(before);
  expect(bytesOf(model)).toContain("gradients 288,");
  model.backward(dOut);
  const both = backend.memory.liveBytes;
  expect(both).toBeGreaterThanOrEqual(before + 288);
  expect(bytesOf(model)).toContain("gradients 576,");
  for (let i = 0; i < 3; i++) model.backward(dOut);
  expect(backend.memory.liveBytes).toBe(both);
});

it("what was in the memory before has no part in the sums", async () => {
  const backend = createBackendSync();
  const blocks = Array.from({ length: 8 }, () =>
    backend.matrix(64, 64).set(new Float32Array(4096).fill(Number.NaN)),
  );
  for (const block of blocks) block.dispose();
  using model = new Sequential(backend, { inputShape: 5, seed: 2, layers: layers() });
  const { epochs } = await model.fit(x, dy, { loss: "meanSquaredError", batchSize: 50, accumulate: 3 });
  expect(epochs).toHaveLength(1);
});

describe("when the memory cannot grow", () => {
  it("a second backward fails and leaves the gradients and outputs of the first", () => {
    const backend = createBackendSync();
    using model = new Network(backend, { inputShape: 5, layers: layers() });
    const dOut = backend.matrix(ROWS, 3, dy);
    const out = model.forward(x, { training: true });
    model.backward(dOut);
    const [before, outputs] = [gradientsOf(model), out.data.slice()];
    const { liveBytes } = backend.memory;
    const release = exhaust(backend);
    expect(() => model.backward(dOut)).toThrow(OutOfMemoryError);
    expect(backend.memory.liveBytes).toBe(liveBytes);
    release();
    expect(gradientsOf(model)).toEqual(before);
    expect(out.data).toEqual(outputs);
    model.backward(dOut);
    expect(gradientsOf(model)).toEqual(sumOf(before, before));
  });

  describe("a fit fails before its first step", () => {
    const options = { loss: "meanSquaredError", shuffle: false, batchSize: ROWS / 3 } as const;
    /** Fails where a slab is asked for, and nothing else. */
    const fails = async (model: Sequential, more: Partial<FitOptions>) => {
      const { backend } = model;
      const { allocate } = backend;
      const stateOf = async () => [await model.weightsDigest(), model.life, gradientsOf(model)];
      const before = await stateOf();
      backend.allocate = (bytes) => {
        if (bytes === 288) throw new OutOfMemoryError("full");
        return allocate.call(backend, bytes);
      };
      await expect(model.fit(x, dy, { ...options, ...more })).rejects.toThrow(OutOfMemoryError);
      backend.allocate = allocate;
      expect(await stateOf()).toEqual(before);
    };
    const make = () => new Sequential(createBackendSync(), { inputShape: 5, seed: 2, layers: layers() });

    it("that accumulates", async () => {
      const optimizer = sgd();
      using model = make();
      await model.fit(x, dy, { ...options, optimizer });
      await fails(model, { optimizer, accumulate: 3 });
      expect(optimizer.steps).toBe(3);
    });

    it("that goes on in the middle of a group of batches, and goes on later", async () => {
      const optimizer = sgd();
      using left = make();
      let file: Uint8Array = new Uint8Array();
      const onBatchEnd = ({ batch }: BatchLog) => {
        if (batch === 1) file = left.checkpoint(optimizer);
      };
      await left.fit(x, dy, { ...options, optimizer, accumulate: 3, onBatchEnd });
      const restored = restoreCheckpoint(left.backend, file);
      const model = restored.model as Sequential;
      const more = { optimizer: restored.optimizer, initialEpoch: restored.epoch, epochs: 1 };
      await fails(model, more);
      // A batch of the group is done: the next one completes it.
      await model.fit(x, dy, { ...options, ...more });
      expect(restored.optimizer?.steps).toBe(2);
    });
  });
});

it("a custom layer that fails in a second backward leaves the gradients of the first", () => {
  class Failing extends CustomLayer {
    readonly type = "failing";
    fails = false;

    forward({ x, y }: CustomForward): void {
      y.set(x);
    }

    backward({ dy, dx }: CustomBackward): void {
      if (this.fails) throw new RangeError("no more");
      dx?.set(dy);
    }
  }
  const backend = createBackendSync();
  const failing = new Failing();
  using model = new Network(backend, { inputShape: 5, layers: [dense(4), failing, dense(3)] });
  const dOut = backend.matrix(ROWS, 3, dy);
  model.forward(x, { training: true });
  model.backward(dOut);
  const before = gradientsOf(model);
  failing.fails = true;
  expect(() => model.backward(dOut)).toThrow("no more");
  expect(gradientsOf(model)).toEqual(before);
  failing.fails = false;
  model.backward(dOut);
  expect(gradientsOf(model)).toEqual(sumOf(before, before));
});
