import { describe, expect, it } from "vitest";
import {
  add,
  batchNormalization,
  bidirectional,
  conv2d,
  conv2dTranspose,
  createBackendSync,
  dense,
  depthwiseConv2d,
  embedding,
  globalAveragePool1d,
  groupNormalization,
  gru,
  input,
  type Layer,
  layerNormalization,
  lstm,
  Model,
  multiHeadAttention,
  positionEmbedding,
  prelu,
  rmsNormalization,
  simpleRnn,
  type Tensor,
} from "../../src/index.js";
import { exactVariants, on } from "../reference/backends.js";
import { expectClose } from "../reference/golden.js";
import { Random } from "../support/random.js";

/**
 * A layer that two inputs go through has the sum of the gradients of two layers with its weights, one for
 * each input. Reference: these two, whose gradients replace what is there. Tolerance: the roundings of the
 * sum, for the second gradient may be added term by term.
 */
const ROWS = 5;
const VOCABULARY = 6;
const image = [6, 6, 4];
const sequence = [5, 3];

interface Case {
  readonly shape: number[];
  readonly make: () => Layer;
  /** Inputs are whole numbers below VOCABULARY. */
  readonly indices?: true;
  /** What stands behind the layer. */
  readonly behind?: () => Layer;
}

const cases: Readonly<Record<string, Case>> = {
  dense: { shape: [7], make: () => dense(3) },
  "dense of each step": { shape: sequence, make: () => dense(4) },
  conv2d: { shape: image, make: () => conv2d(3, 3) },
  conv2dTranspose: { shape: image, make: () => conv2dTranspose(3, 3) },
  depthwiseConv2d: { shape: image, make: () => depthwiseConv2d(3) },
  batchNormalization: { shape: image, make: () => batchNormalization() },
  layerNormalization: { shape: sequence, make: () => layerNormalization() },
  rmsNormalization: { shape: sequence, make: () => rmsNormalization() },
  groupNormalization: { shape: image, make: () => groupNormalization({ groups: 2 }) },
  "prelu of one slope": { shape: image, make: () => prelu({ sharedAxes: [1, 2, 3] }) },
  "prelu of slopes": { shape: image, make: () => prelu({ sharedAxes: [1, 2] }) },
  embedding: { shape: [5], indices: true, make: () => embedding(VOCABULARY, 4) },
  "embedding under a mean": {
    shape: [5],
    indices: true,
    make: () => embedding(VOCABULARY, 4),
    behind: () => globalAveragePool1d(),
  },
  positionEmbedding: { shape: sequence, make: () => positionEmbedding() },
  simpleRnn: { shape: sequence, make: () => simpleRnn(4) },
  lstm: { shape: sequence, make: () => lstm(4) },
  gru: { shape: sequence, make: () => gru(4) },
  "gru with the reset before": { shape: sequence, make: () => gru(4, { resetAfter: false }) },
  "a bidirectional lstm": { shape: sequence, make: () => bidirectional(lstm(4)) },
  multiHeadAttention: { shape: sequence, make: () => multiHeadAttention({ heads: 2, keySize: 3 }) },
};

describe.each(exactVariants)("the gradients of a shared layer, on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));

  it.each(Object.entries(cases))("%s", (_, { shape, make, indices, behind }) => {
    const random = new Random(3);
    const size = shape.reduce((product, n) => product * n, ROWS);
    const draw = () =>
      indices ? Float32Array.from({ length: size }, () => random.integer(VOCABULARY)) : random.floats(size);
    const x = [draw(), draw()];
    const modelOf = (first: Layer, second: Layer) => {
      const inputs = [input(shape), input(shape)];
      const [a, b] = [first, second].map((layer, i) => {
        const y = layer.apply(inputs[i]) as Tensor;
        return behind ? behind().apply(y) : y;
      });
      return new Model(backend, { inputs, outputs: add(a, b), seed: 4 });
    };
    const layer = make();
    using shared = modelOf(layer, layer);
    using apart = modelOf(make(), make());
    const count = shared.parameters.length;
    expect(count).toBeGreaterThan(0);
    expect(apart.parameters).toHaveLength(2 * count);
    for (const [i, { value }] of shared.parameters.entries()) {
      value.set(random.floats(value.length));
      for (const at of [i, count + i]) apart.parameters[at].value.set(value.data);
    }
    const gradientsOf = (model: Model) => {
      const { rows, cols } = model.forward(x, { training: true });
      model.backward(backend.matrix(rows, cols, new Random(9).floats(rows * cols)));
      return model.parameters.map(({ gradient }) => Array.from(gradient.data));
    };
    const [sums, parts] = [gradientsOf(shared), gradientsOf(apart)];
    for (const [i, { name }] of shared.parameters.entries()) {
      const [first, second] = [parts[i], parts[count + i]];
      expect(first.some((value) => value !== 0) && second.some((value) => value !== 0), name).toBe(true);
      expectClose(
        name,
        sums[i],
        first.map((value, j) => value + second[j]),
        1e-5,
        1e-5,
      );
    }
  });
});
