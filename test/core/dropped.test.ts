import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  adam,
  type Backend,
  CustomLayer,
  createBackendSync,
  dense,
  loadModel,
  type Matrix,
  Sequential,
  saveModel,
  sgd,
} from "../../src/index.js";
import {
  createBackendSync as createForInference,
  loadModel as loadForInference,
} from "../../src/inference.js";
import { collectGarbage, turn } from "../support/garbage.js";

/**
 * What is dropped gives its memory back, once the engine has collected it. Everything is made in functions of
 * their own: a variable that is not used again may still be a reference.
 */

const zeros = { kernelInitializer: "zeros" } as const;
const modelOf = (backend: Backend, units = 8) =>
  new Sequential(backend, { inputShape: 16, seed: 1, layers: [dense(units), dense(2)] });
const samples = (rows: number) => Float32Array.from({ length: rows * 16 }, (_, i) => Math.sin(i));
const labels = (rows: number) => Int32Array.from({ length: rows }, (_, i) => i % 2);
const fitOptions = { loss: "softmaxCrossEntropy", batchSize: 4 } as const;

/** Blocks in use after `make` and a collection, beyond those before it. */
async function left(backend: Backend, make: (backend: Backend) => unknown): Promise<number> {
  backend.scratch(65_536);
  await collectGarbage();
  const before = backend.memory.liveBlocks;
  await (async () => void (await make(backend)))();
  await collectGarbage();
  return backend.memory.liveBlocks - before;
}

describe("memory is given back when it is dropped:", () => {
  const backend = createBackendSync();
  const dropped: [string, (backend: Backend) => unknown][] = [
    ["a matrix", () => backend.matrix(3, 4)],
    ["a matrix of which rows and a view were taken", () => backend.matrix(3, 4).rowRange(0, 2).data],
    [
      "a matrix of which a view was kept and dropped",
      () => backend.matrix(3, 4, samples(2).slice(0, 12)).data,
    ],
    ["a matrix whose values are refused", () => expect(() => backend.matrix(2, 2, [1])).toThrow()],
    ["a model", () => modelOf(backend)],
    ["a model that has predicted", () => modelOf(backend).predict(samples(5))],
    [
      "a model that was trained by hand, with its optimizer",
      () => {
        const model = modelOf(backend);
        const optimizer = adam().attach(model);
        model.zeroGradients();
        model.backward(model.forward(backend.matrix(4, 16, samples(4)), { training: true }));
        optimizer.step();
      },
    ],
    ["a model that was trained by fit", () => modelOf(backend).fit(samples(20), labels(20), fitOptions)],
    [
      "a model whose first values cannot be made",
      () => {
        const initializer = () => {
          throw new Error("no");
        };
        expect(() => modelWith(backend, initializer)).toThrow("no");
      },
    ],
    [
      "a training whose loop was left without being ended",
      async () => {
        const model = modelOf(backend);
        await model.train(samples(20), labels(20), { ...fitOptions, epochs: 3 }).next();
      },
    ],
    [
      "a training that waits for a batch that never comes",
      async () => {
        const never = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
        modelOf(backend).fit(never, fitOptions);
        await turn();
      },
    ],
    ["a model that was loaded", async () => loadModel(backend, saveModel(modelOf(backend)))],
  ];
  it.each(dropped)("%s", async (_, make) => {
    expect(await left(backend, make)).toBe(0);
  });

  it("an optimizer, whose slabs go and whose model stays", async () => {
    const model = modelOf(backend);
    model.forward(samples(1), { training: true });
    expect(await left(backend, () => adam().attach(model).steps)).toBe(0);
    expect(model.summary()).not.toContain("optimizer");
    expect(model.predict(samples(1)).length).toBe(2);
  });

  it("a model of which the optimizer is kept, which then says so", async () => {
    const optimizer = adam();
    expect(await left(backend, () => optimizer.attach(modelOf(backend)).steps)).toBe(0);
    expect(() => optimizer.step()).toThrow(/attached to none, or that one was disposed, dropped or given/);
    expect(await left(backend, () => optimizer.attach(modelOf(backend)).step())).toBe(0);
  });

  it("a network of the inference entry", async () => {
    const inference = createForInference({
      wasm: readFileSync(new URL("../../build/inference-simd.wasm", import.meta.url)),
    });
    const file = saveModel(modelOf(backend));
    await loadForInference(inference, file).then((model) => model.predict(samples(300)));
    await collectGarbage();
    expect(inference.memory.liveBlocks).toBe(0);
  });
});

describe("memory stays as long as there is a reference to", () => {
  /** A backend whose memory does not grow meanwhile: a detached view would hide that memory is used anew. */
  const roomy = () => {
    const backend = createBackendSync();
    backend.release(backend.allocate(1 << 20));
    return backend;
  };
  /** Takes what is free, of every small size, and writes over it. */
  const press = (backend: Backend) => {
    const sizes = Array.from({ length: 200 }, (_, i) => 1 + (i % 50));
    return sizes.map((size) => backend.matrix(1, size, new Float32Array(size).fill(-1)));
  };
  const values = Array.from({ length: 12 }, (_, i) => i + 1);

  const kept: [string, (backend: Backend) => { read(): number[] }][] = [
    [
      "a matrix",
      (backend) => {
        const matrix = backend.matrix(3, 4, values);
        return { read: () => [...matrix.data] };
      },
    ],
    [
      "the rows of a matrix",
      (backend) => {
        const rows = backend.matrix(4, 4, [0, 0, 0, 0, ...values]).rowRange(1, 4);
        return { read: () => [...rows.data] };
      },
    ],
    [
      "the data of a matrix",
      (backend) => {
        const { data } = backend.matrix(3, 4, values);
        return { read: () => [...data] };
      },
    ],
    [
      "the data of rows of a matrix",
      (backend) => {
        const { data } = backend.matrix(4, 4, [0, 0, 0, 0, ...values]).rowRange(1, 4);
        return { read: () => [...data] };
      },
    ],
    [
      "a parameter of a model",
      (backend) => {
        const { value } = new Sequential(backend, { inputShape: 3, layers: [dense(4)] }).parameters[0];
        value.set(values);
        return { read: () => [...value.data] };
      },
    ],
    [
      "the data of a gradient of a model",
      (backend) => {
        const { data } = new Sequential(backend, { inputShape: 3, layers: [dense(4)] }).parameters[0]
          .gradient;
        data.set(values);
        return { read: () => [...data] };
      },
    ],
    [
      "an output of a model",
      (backend) => {
        const model = new Sequential(backend, { inputShape: 1, layers: [dense(1, zeros)] });
        model.parameters[0].value.set([1]);
        const out = model.forward(values);
        return { read: () => [...out.data] };
      },
    ],
  ];
  it.each(kept)("%s", async (_, make) => {
    const backend = roomy();
    const { read } = make(backend);
    await collectGarbage();
    press(backend);
    expect(read()).toEqual(values);
  });

  it("an optimizer and the parameters that it moves", async () => {
    const backend = roomy();
    const { optimizer, parameter } = (() => {
      const model = new Sequential(backend, { inputShape: 3, layers: [dense(4)] });
      const [parameter] = model.parameters;
      parameter.value.set(values);
      parameter.gradient.data.fill(1);
      return { optimizer: sgd({ learningRate: 1 }).attach(model), parameter };
    })();
    await collectGarbage();
    press(backend);
    optimizer.step();
    expect([...parameter.value.data]).toEqual(values.map((value) => value - 1));
  });

  it("a model that nothing but its own fit refers to", async () => {
    const backend = roomy();
    let epochs = 0;
    const ended = (() => {
      const model = modelOf(backend);
      return new Promise<void>((resolve, reject) => {
        const onEpochEnd = async () => {
          epochs++;
          await collectGarbage();
          press(backend);
        };
        const fit = model.fit(backend.matrix(20, 16, samples(20)), labels(20), {
          ...fitOptions,
          epochs: 3,
          validationData: [backend.matrix(4, 16, samples(4)), labels(4)],
          onEpochEnd,
        });
        fit.then(() => resolve(), reject);
      });
    })();
    await ended;
    expect(epochs).toBe(3);
  });
});

describe("nothing is given back twice", () => {
  it("when what was disposed is dropped", async () => {
    const backend = createBackendSync();
    expect(
      await left(backend, () => {
        const matrix = backend.matrix(3, 4);
        matrix.dispose();
        matrix.dispose();
        const model = modelOf(backend);
        const optimizer = adam().attach(model);
        sgd({ momentum: 0.5 }).attach(model);
        model.dispose();
        model.dispose();
        expect(() => optimizer.step()).toThrow(/attach the optimizer to a model first/);
      }),
    ).toBe(0);
    // The blocks are free, and no two hand-outs share one.
    const matrices = Array.from({ length: 40 }, (_, i) => backend.matrix(3, 4, new Float32Array(12).fill(i)));
    await collectGarbage();
    for (const [i, matrix] of matrices.entries()) expect([...matrix.data]).toEqual(Array(12).fill(i));
  });

  it("when the backend was disposed, or dropped with all that it had", async () => {
    const errors: unknown[] = [];
    const note = (error: unknown) => errors.push(error);
    process.on("uncaughtException", note);
    try {
      const disposed = createBackendSync();
      (() => {
        disposed.matrix(3, 4);
        adam().attach(modelOf(disposed));
      })();
      disposed.dispose();
      (() => {
        const backend = createBackendSync();
        backend.matrix(3, 4);
        adam().attach(modelOf(backend));
      })();
      await collectGarbage();
    } finally {
      process.off("uncaughtException", note);
    }
    expect(errors).toEqual([]);
  });
});

// When an engine collects, and when it says so, is its own affair: now and then it puts it off for seconds.
describe("without asking for a collection,", { retry: 3 }, () => {
  const MIB = 2 ** 20;

  // Without collections, each of these asks for more than the 4 GiB that there are.
  const loops: [string, number, (backend: Backend) => unknown][] = [
    ["2,000 matrices of 8 MiB", 2000, (backend) => backend.matrix(2048, 1024)],
    [
      "2,000 models of 3 MiB",
      2000,
      (backend) => new Sequential(backend, { inputShape: 768, layers: [dense(1024, zeros)] }),
    ],
    [
      "2,000 optimizers and their models, 3 MiB together",
      2000,
      (backend) =>
        adam().attach(new Sequential(backend, { inputShape: 256, layers: [dense(1024, zeros)] })).steps,
    ],
  ];
  it.each(loops)("the memory of %s stays below 640 MiB", async (_, times, make) => {
    const backend = createBackendSync();
    for (let i = 0; i < times; i++) {
      make(backend);
      await turn();
    }
    expect(backend.memory.totalBytes).toBeLessThan(640 * MIB);
  });

  it("views that are held keep their numbers while the memory is used anew around them", async () => {
    const backend = createBackendSync();
    // So much that it need not grow, which would detach the views.
    backend.release(backend.allocate(600 * MIB));
    const held: Float32Array[] = [];
    for (let i = 0; i < 400; i++) {
      const matrix = backend.matrix(512, 512, new Float32Array(512 * 512).fill(i));
      if (i % 40 === 0) held.push(matrix.data);
      await turn();
    }
    expect(backend.memory.liveBytes).toBeLessThan(300 * MIB);
    for (const [i, view] of held.entries()) expect(view.every((value) => value === i * 40)).toBe(true);
  });
});

describe("in an engine without FinalizationRegistry and WeakRef", () => {
  afterEach(() => void vi.unstubAllGlobals());

  it("memory is given back by dispose alone, and everything else is as it was", async () => {
    vi.stubGlobal("FinalizationRegistry", undefined);
    vi.stubGlobal("WeakRef", undefined);
    const backend = createBackendSync();
    const matrices: Matrix[] = [];
    expect(await left(backend, () => matrices.push(backend.matrix(1, 1)))).toBe(1);
    expect(await left(backend, () => void backend.matrix(3, 4))).toBe(1);
    const model = modelOf(backend);
    await model.fit(samples(20), labels(20), { ...fitOptions, optimizer: adam() });
    model.dispose();
    expect(await left(backend, () => matrices[0].dispose())).toBe(-1);
  });
});

function modelWith(backend: Backend, initializer: () => void) {
  class Failing extends CustomLayer {
    readonly type = "failing";
    override parameters() {
      return [{ name: "scale", shape: [4], initializer }];
    }
    forward(): void {}
    backward(): void {}
  }
  return new Sequential(backend, { inputShape: 16, layers: [new Failing()] });
}
