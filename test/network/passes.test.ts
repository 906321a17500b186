import { describe, expect, it } from "vitest";
import {
  createBackendSync,
  DisposedError,
  dense,
  type Matrix,
  Network,
  prelu,
  Sequential,
  type SequentialOptions,
  sgd,
} from "../../src/index.js";
import { Random } from "../support/random.js";

const options: SequentialOptions = {
  inputShape: 3,
  seed: 2,
  layers: [
    dense(7, { activation: "gelu" }),
    prelu(),
    dense(5, { activation: "tanh" }),
    dense(4, { activation: "silu" }),
    dense(2, { activation: "sigmoid" }),
  ],
};
const ROWS = 9;
const random = new Random(4);
const x = random.floats(ROWS * 3);
const gradientsOf = (model: Network): number[] =>
  model.parameters.flatMap(({ gradient }) => Array.from(gradient.data));
const copyOf = (matrix: Matrix | undefined): number[] => Array.from(matrix?.data ?? []);

/** A backend whose products are counted. */
function counting() {
  const backend = createBackendSync();
  const count = { products: 0 };
  const { gemm } = backend.kernels;
  const kernels: typeof backend.kernels = {
    ...backend.kernels,
    gemm(...args) {
      count.products++;
      gemm(...args);
    },
  };
  for (const name of ["kernels", "direct"]) Object.defineProperty(backend, name, { value: kernels });
  return { backend, count };
}

describe("the pass of a training loop of one's own", () => {
  it("takes a second backward of the same forward, which adds the same gradients", () => {
    const backend = createBackendSync();
    using model = new Network(backend, options);
    const y = model.forward(x, { training: true });
    const dOut = backend.matrix(ROWS, 2, random.floats(ROWS * 2));
    const output = copyOf(y);
    model.zeroGradients();
    const dx = copyOf(model.backward(dOut, { inputGradient: true }));
    const once = gradientsOf(model);
    for (const inputGradient of [true, false, true]) {
      model.zeroGradients();
      const again = model.backward(dOut, { inputGradient });
      if (inputGradient) expect(copyOf(again)).toEqual(dx);
      expect(gradientsOf(model)).toEqual(once);
    }
    expect(copyOf(y)).toEqual(output);
    // Without zeroing, both kinds add to what is there.
    for (const [inputGradient, times] of [
      [true, 2],
      [false, 3],
      [true, 4],
    ] as const) {
      model.backward(dOut, { inputGradient });
      gradientsOf(model).forEach((gradient, i) => {
        expect(gradient, `gradient ${i}`).toBeCloseTo(times * once[i], 4);
      });
    }
  });

  it("computes the gradient of the input only where it is asked for", () => {
    const { backend, count } = counting();
    using model = new Network(backend, options);
    const dOut = backend.matrix(ROWS, 2, random.floats(ROWS * 2));
    const products = (inputGradient: boolean): number => {
      model.forward(x, { training: true });
      count.products = 0;
      model.backward(dOut, { inputGradient });
      return count.products;
    };
    // The gradients of four weights, and of the inputs of three of them or of all.
    expect(products(false)).toBe(7);
    expect(products(true)).toBe(8);
    expect(products(false)).toBe(7);
  });

  it("computes no gradient of a layer that is not trainable", () => {
    const { backend, count } = counting();
    const layers = [dense(4, { trainable: false }), dense(3), dense(2, { trainable: false })];
    using model = new Network(backend, { inputShape: 3, layers });
    model.forward(x, { training: true });
    count.products = 0;
    model.backward(backend.matrix(ROWS, 2, random.floats(ROWS * 2)));
    // That of the second layer's weight, and of the input of the third.
    expect(count.products).toBe(2);
  });

  it("is none of fit's, whose gradients of the inputs nobody asks for", async () => {
    const { backend, count } = counting();
    const layers = [dense(4, { activation: "tanh" }), dense(2)];
    using model = new Sequential(backend, { inputShape: 3, layers });
    const y = random.floats(ROWS * 2);
    const optimizer = sgd({ learningRate: 0.1 });
    await model.fit(x, y, { loss: "meanSquaredError", optimizer, epochs: 1, batchSize: ROWS });
    // Two forward, three backward.
    expect(count.products).toBe(5);
    model.forward(x, { training: true });
    const dOut = backend.matrix(ROWS, 2, y);
    expect(model.backward(dOut, { inputGradient: true })?.cols).toBe(3);
  });
});

it("outputs are void once room for more samples has moved them", () => {
  using model = new Network(createBackendSync(), options);
  const y = model.forward(x);
  model.reserve(model.predictingPass(), ROWS);
  expect(y.data).toHaveLength(ROWS * 2);
  model.reserve(model.predictingPass(), 100 * ROWS);
  expect(() => y.data).toThrow(DisposedError);
});

it("weights and gradients are 0 at the beginning, whatever was in the memory", () => {
  const backend = createBackendSync();
  const blocks = Array.from({ length: 8 }, () => backend.matrix(64, 64).set(new Float32Array(4096).fill(7)));
  for (const block of blocks) block.dispose();
  using model = new Network(backend, { inputShape: 5, layers: [dense(6), dense(3)] });
  expect(gradientsOf(model).every((value) => value === 0)).toBe(true);
  const biases = model.parameters.filter(({ name }) => name.endsWith("bias"));
  expect(biases.flatMap(({ value }) => copyOf(value))).toEqual(new Array(9).fill(0));
});
