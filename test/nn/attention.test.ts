import { describe, expect, it } from "vitest";
import {
  ComposedLayer,
  checkGradients,
  createBackendSync,
  dense,
  type Layer,
  layerNormalization,
  loadModel,
  type Model,
  multiHeadAttention,
  positionalEncoding,
  positionEmbedding,
  Sequential,
  saveModel,
  type Tensor,
  transformerDecoder,
  transformerEncoder,
} from "../../src/index.js";
import { exactVariants, on, variants } from "../reference/backends.js";
import { expectClose } from "../reference/golden.js";
import { attention, recordOf, rotate } from "../support/attention.js";
import { modelOf } from "../support/masked.js";
import { Random } from "../support/random.js";

const block = { heads: 2, hidden: 10 } as const;

class TwoBlocks extends ComposedLayer {
  readonly type = "twoBlocks";
  override compose([x]: readonly Tensor[]): Tensor {
    const placed = positionEmbedding({ name: "positions" }).apply(x);
    const first = transformerEncoder({ ...block, name: "a" }).apply(placed);
    return transformerEncoder({ ...block, name: "b", normFirst: false }).apply(first);
  }
}

/** Layers with the shapes of their inputs. */
const LAYERS: Record<string, readonly [Layer, ...(readonly number[])[]]> = {
  "self-attention": [multiHeadAttention({ heads: 2 }), [5, 6]],
  "of other sizes, without a bias": [
    multiHeadAttention({ heads: 3, keySize: 4, valueSize: 5, useBias: false, causal: true }),
    [9, 6],
  ],
  "of two inputs": [multiHeadAttention({ heads: 2 }), [4, 6], [7, 5]],
  "of three inputs": [multiHeadAttention({ heads: 2, valueSize: 2 }), [3, 4], [5, 7], [5, 3]],
  "with rotary positions": [multiHeadAttention({ heads: 2, keySize: 4, rotary: true, causal: true }), [6, 6]],
  "of two inputs with rotary positions": [multiHeadAttention({ heads: 1, rotary: 100 }), [4, 6], [3, 5]],
  "with dropout": [multiHeadAttention({ heads: 2, dropout: 0.4 }), [5, 6]],
  "a sinusoidal encoding": [positionalEncoding(), [5, 6]],
  "an embedding of positions": [positionEmbedding(), [5, 6]],
  "an encoder": [transformerEncoder(block), [5, 6]],
  "an encoder that normalizes last": [
    transformerEncoder({ ...block, normFirst: false, causal: true }),
    [5, 6],
  ],
  "an encoder with all options": [
    transformerEncoder({
      ...{ heads: 3, hidden: 7, activation: "swiglu", normalization: "rms", epsilon: 0.01, dropout: 0.2 },
      ...{ causal: true, rotary: true, keySize: 4, valueSize: 3, useBias: false },
    }),
    [5, 6],
  ],
  "a decoder": [transformerDecoder(block), [5, 6], [4, 8]],
  "a decoder that normalizes last": [transformerDecoder({ ...block, normFirst: false }), [5, 6], [4, 8]],
};
const rows = Object.entries(LAYERS).map(([name, [layer, ...shapes]]) => ({ name, layer, shapes }));

const samplesOf = (shapes: readonly (readonly number[])[], batch: number, seed = 3): Float32Array[] => {
  const random = new Random(seed);
  return shapes.map((shape) => random.floats(batch * shape.reduce((size, n) => size * n, 1)));
};

/** Biases and norms begin at 0 and 1, which would hide a mistake in either. */
function spread(model: Model): void {
  const random = new Random(11);
  for (const { value } of model.parameters)
    for (let i = 0; i < value.data.length; i++) value.data[i] += random.float(-0.3, 0.3);
}

describe.each(variants)("attention on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));

  it.each(rows)("$name: the gradients are those of central differences", ({ layer, shapes }) => {
    const model = modelOf(backend, layer, shapes);
    spread(model);
    const [x, [y]] = [samplesOf(shapes, 2), samplesOf([shapes[0]], 2, 4)];
    // The keys' bias has no gradient but for roundings.
    for (const { name, relativeError } of checkGradients(model, x, y, { loss: "meanSquaredError" }))
      if (!/(key|keyValue|queryKeyValue)\.bias/i.test(name)) expect(relativeError, name).toBeLessThan(1e-2);
    model.dispose();
  });

  it.each(rows)("$name: a sample has the same bits in any batch", ({ layer, shapes }) => {
    const model = modelOf(backend, layer, shapes);
    spread(model);
    const x = samplesOf(shapes, 3);
    const size = shapes[0][0] * shapes[0][1];
    const all = model.predict(x);
    for (const s of [0, 2]) {
      const one = x.map((values) => values.slice((values.length / 3) * s, (values.length / 3) * (s + 1)));
      expect(model.predict(one)).toEqual(all.slice(s * size, (s + 1) * size));
    }
    model.dispose();
  });

  it.each(rows)("$name: it comes back from a model file", async ({ layer, shapes }) => {
    const model = modelOf(backend, layer, shapes);
    spread(model);
    const x = samplesOf(shapes, 2);
    const loaded = await loadModel(backend, saveModel(model));
    expect(loaded.parameters.map(({ name }) => name)).toEqual(model.parameters.map(({ name }) => name));
    expect(loaded.predict(x)).toEqual(model.predict(x));
    loaded.dispose();
    model.dispose();
  });
});

it.each(rows)("$name: scalar and simd train to the same bits", ({ layer, shapes }) => {
  const [scalar, simd] = exactVariants.map((variant) => {
    const model = modelOf(createBackendSync(on(variant)), layer, shapes);
    spread(model);
    const y = model.forward(samplesOf(shapes, 3), { training: true });
    const [upstream] = samplesOf([shapes[0]], 3, 9);
    const inputs = [
      model.backward(model.backend.matrix(y.rows, y.cols, upstream), { inputGradient: true }),
    ].flat();
    return [
      ...y.data,
      ...inputs.flatMap((dx) => [...(dx?.data ?? [])]),
      ...model.parameters.flatMap(({ gradient }) => [...gradient.data]),
    ];
  });
  expect(simd).toEqual(scalar);
});

describe.each(exactVariants)("padding on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));
  const lengths = [6, 1, 4];
  const [TIME, FEATURES] = [6, 8];

  /** Output and gradients of samples, of which each has so many steps. */
  function passes(
    layer: Layer,
    x: Float32Array,
    upstream: Float32Array,
    time: number,
    mask: readonly number[],
  ) {
    const model = modelOf(backend, layer, [[time, FEATURES]], [true]);
    spread(model);
    const y = model.forward([x, Float32Array.from(mask)], { training: true });
    const dOut = backend.matrix(y.rows, y.cols, upstream);
    const [dx] = [model.backward(dOut, { inputGradient: true })].flat();
    const gradients = model.parameters.map(({ gradient }) => [...gradient.data]);
    const result = { y: [...y.data], dx: [...(dx?.data ?? [])], gradients };
    model.dispose();
    return result;
  }

  it.each([
    ["attention", multiHeadAttention({ heads: 2 })],
    ["causal attention", multiHeadAttention({ heads: 2, causal: true, rotary: true })],
    ["an encoder", transformerEncoder({ heads: 2, hidden: 12 })],
    ["an encoder that normalizes last", transformerEncoder({ heads: 2, hidden: 12, normFirst: false })],
  ])("%s: outputs and gradients of a padded batch are those of its samples alone", (_, layer) => {
    const random = new Random(21);
    const [x, upstream] = [random.floats(3 * TIME * FEATURES), random.floats(3 * TIME * FEATURES)];
    // A loss that leaves padding out has no gradient there.
    lengths.forEach((length, s) => {
      upstream.fill(0, (s * TIME + length) * FEATURES, (s + 1) * TIME * FEATURES);
    });
    const mask = lengths.flatMap((length) => Array.from({ length: TIME }, (_, t) => Number(t < length)));
    const padded = passes(layer, x, upstream, TIME, mask);
    const sums = padded.gradients.map((gradient) => new Float64Array(gradient.length));
    lengths.forEach((length, s) => {
      const [from, to] = [s * TIME * FEATURES, (s * TIME + length) * FEATURES];
      const ones = Array.from({ length }, () => 1);
      const alone = passes(layer, x.slice(from, to), upstream.slice(from, to), length, ones);
      expect(padded.y.slice(from, to), `output of sample ${s}`).toEqual(alone.y);
      expect(padded.dx.slice(from, to), `input gradient of sample ${s}`).toEqual(alone.dx);
      expect(padded.dx.slice(to, from + TIME * FEATURES).every((value) => value === 0)).toBe(true);
      alone.gradients.forEach((gradient, i) => {
        gradient.forEach((value, at) => {
          sums[i][at] += value;
        });
      });
    });
    sums.forEach((sum, i) => {
      expectClose(`gradient ${i}`, padded.gradients[i], sum, 2e-6, 2e-6);
    });
  });

  it("a query that sees no key gets the bias of the output alone, and gives no gradient", () => {
    const layer = multiHeadAttention({ heads: 2, causal: true });
    const random = new Random(4);
    const [x, upstream] = [random.floats(TIME * FEATURES), random.floats(TIME * FEATURES)];
    const { y, dx } = passes(layer, x, upstream, TIME, [0, 0, 1, 1, 0, 1]);
    const model = modelOf(backend, layer, [[TIME, FEATURES]], [true]);
    spread(model);
    const bias = model.parameters.find(({ name }) => name.endsWith("output.bias"))?.value.data ?? [];
    expect(y.slice(0, 2 * FEATURES)).toEqual([...bias, ...bias]);
    expect(y.every(Number.isFinite)).toBe(true);
    expect(dx.slice(0, 2 * FEATURES).every((value) => value === 0)).toBe(true);
  });

  it("the mask of x reaches the layers behind a block", () => {
    const x = samplesOf([[TIME, FEATURES]], 3)[0];
    const mask = Float32Array.from(
      lengths.flatMap((n) => Array.from({ length: TIME }, (_, t) => Number(t < n))),
    );
    const chained = modelOf(backend, new TwoBlocks(), [[TIME, FEATURES]], [true]);
    spread(chained);
    const y = chained.predict([x, mask]);
    const changed = x.slice();
    // The padding of the second sample.
    changed.fill(9, (TIME + 1) * FEATURES, 2 * TIME * FEATURES);
    const other = chained.predict([changed, mask]);
    expect(other.slice(TIME * FEATURES, (TIME + 1) * FEATURES)).toEqual(
      y.slice(TIME * FEATURES, (TIME + 1) * FEATURES),
    );
  });
});

it("dropout of attention drops a share of the probabilities, in training alone", () => {
  const backend = createBackendSync();
  const layer = multiHeadAttention({ heads: 1, dropout: 0.5, useBias: false });
  const model = modelOf(backend, layer, [[64, 64]]);
  const identity = (n: number, of: number) =>
    Float32Array.from({ length: n * of }, (_, i) => Number(i % of === Math.floor(i / of)));
  // All keys alike, and each value a unit vector: y is the row of probabilities.
  for (const { name, value } of model.parameters)
    if (name.includes("queryKeyValue")) {
      value.data.fill(0);
      for (let i = 0; i < 64; i++) value.data[i * 192 + 128 + i] = 1;
    } else value.data.set(identity(64, 64));
  const x = identity(64, 64);
  expectClose("predicted", model.predict([x]), new Float32Array(4096).fill(1 / 64), 1e-9);
  const { data } = model.forward([x], { training: true });
  const kept = [...data].filter((value) => value !== 0);
  expectClose(
    "kept",
    kept,
    kept.map(() => 2 / 64),
    1e-8,
  );
  expect(Math.abs(kept.length / 4096 - 0.5)).toBeLessThan(0.03);
});

/** x W + b for columns `from` to `to` of a projection of the model. */
function projected(model: Model, name: string, x: Float32Array, from: number, to: number): Float64Array {
  const of = (what: string) =>
    model.parameters.find((p) => p.name.endsWith(`.${name}.${what}`))?.value.data ?? [];
  const [weight, bias] = [of("weight"), of("bias")];
  const cols = bias.length;
  const inputs = weight.length / cols;
  return Float64Array.from({ length: (x.length / inputs) * (to - from) }, (_, at) => {
    const [row, col] = [Math.floor(at / (to - from)), from + (at % (to - from))];
    let sum = bias[col];
    for (let p = 0; p < inputs; p++) sum += x[row * inputs + p] * weight[p * cols + col];
    return sum;
  });
}

it.each([
  { count: 1, names: ["queryKeyValue", "queryKeyValue", "queryKeyValue"], begins: [0, 8, 16] },
  { count: 2, names: ["query", "keyValue", "keyValue"], begins: [0, 0, 8] },
  { count: 3, names: ["query", "key", "value"], begins: [0, 0, 0] },
])("rotary attention of $count inputs turns queries and keys, and not values", ({ count, names, begins }) => {
  const [heads, keySize, valueSize, batch, time] = [2, 4, 3, 2, 5];
  const layer = multiHeadAttention({ heads, keySize, valueSize, rotary: 100 });
  const shapes = [6, 5, 7].slice(0, count).map((features) => [time, features]);
  const model = modelOf(createBackendSync(), layer, shapes);
  spread(model);
  const x = samplesOf(shapes, batch);
  const widths = [heads * keySize, heads * keySize, heads * valueSize];
  const [q, k, v] = names.map((name, i) =>
    projected(model, name, x[Math.min(i, count - 1)], begins[i], begins[i] + widths[i]),
  );
  const table = Float64Array.from({ length: time * keySize }, (_, i) => {
    const angle = Math.floor(i / keySize) / 100 ** ((2 * (i % 2)) / keySize);
    return i % keySize < keySize / 2 ? Math.cos(angle) : Math.sin(angle);
  });
  const turned = [q, k].map((part) => {
    const to = new Float64Array(part.length);
    rotate(part, to, table, batch * time, time, widths[0], heads, keySize / 2, 1);
    return to;
  });
  const y = new Float64Array(v.length);
  const [queryStride, keyStride, valueStride] = widths;
  const record = recordOf({
    ...{ queries: time, keys: time, heads, keySize, valueSize },
    ...{ queryStride, keyStride, valueStride, past: -1 },
  });
  attention(turned[0], turned[1], v, 0, y, 0, record, 0, batch, 1, 0, 0, 0);
  const expected = projected(model, "output", Float32Array.from(y), 0, shapes[0][1]);
  expectClose("y", model.predict(x), expected, 2e-6, 2e-6);
});

describe("attention and positions refuse", () => {
  const of = (layer: Layer, ...shapes: (readonly number[])[]) => modelOf(createBackendSync(), layer, shapes);

  it("options out of range", () => {
    expect(() => multiHeadAttention({ heads: 0 })).toThrow(
      "multiHeadAttention expected heads to be an integer of at least 1, got 0",
    );
    expect(() => multiHeadAttention({ heads: 2, keySize: 1.5 })).toThrow("expected keySize");
    expect(() => multiHeadAttention({ heads: 2, valueSize: 0 })).toThrow("expected valueSize");
    expect(() => multiHeadAttention({ heads: 2, dropout: 1 })).toThrow(
      "expected dropout to be at least 0 and below 1, got 1",
    );
    expect(() => multiHeadAttention({ heads: 2, causal: 1 as never })).toThrow(
      "expected causal to be true or false, got 1",
    );
    expect(() => multiHeadAttention({ heads: 2, rotary: 0 })).toThrow(
      "expected rotary to be a finite number above 0, got 0",
    );
    expect(() => multiHeadAttention({ heads: 2, rotary: true, keySize: 3 })).toThrow(
      "expected keySize to be even with rotary, got 3",
    );
    expect(() => multiHeadAttention({ heads: 2, activation: "relu" } as never)).toThrow(
      'unknown option "activation"',
    );
    expect(() => multiHeadAttention(undefined as never)).toThrow("expected heads");
    expect(() => transformerEncoder({ heads: 2, hidden: 0 })).toThrow(
      "transformerEncoder expected hidden to be an integer of at least 1, got 0",
    );
    expect(() => transformerDecoder({ heads: 2, hidden: 4, epsilon: 0 })).toThrow(
      "transformerDecoder expected epsilon",
    );
    expect(() => transformerEncoder({ heads: 2, hidden: 4, normalization: "batch" as never })).toThrow(
      'transformerEncoder expected normalization to be "layer" or "rms", got "batch"',
    );
    expect(() => transformerEncoder({ heads: 2, hidden: 4, activation: "swish" as never })).toThrow(
      'unknown activation "swish"',
    );
    expect(() => transformerEncoder({ heads: 2, hidden: 4, normFirst: 0 as never })).toThrow(
      "expected normFirst to be true or false",
    );
    expect(() => transformerEncoder({ heads: 2, hidden: 4, useBias: 0 as never })).toThrow(
      "expected useBias to be true or false",
    );
    expect(() => transformerEncoder({ heads: 2, hidden: 4, dropout: -1 })).toThrow("expected dropout");
    expect(() => positionalEncoding({ base: 0 })).toThrow(
      "positionalEncoding expected base to be a finite number above 0, got 0",
    );
    expect(() => positionEmbedding({ initializer: "ones" as never })).toThrow("positionEmbedding");
  });

  it("tensors of other shapes", () => {
    expect(() => of(multiHeadAttention({ heads: 3 }), [4, 8])).toThrow(
      "multiHeadAttention expected features that 3 heads divide, got [batch, 4, 8]; give keySize to have another size",
    );
    expect(() => of(multiHeadAttention({ heads: 2, rotary: true }), [4, 6])).toThrow(
      "expected an even keySize with rotary, got 3",
    );
    expect(() => of(multiHeadAttention({ heads: 1 }), [8])).toThrow(
      "multiHeadAttention expected [batch, time, features], got [batch, 8]",
    );
    expect(() => of(multiHeadAttention({ heads: 1 }), [4, 4], [5, 4], [6, 4])).toThrow(
      "expected a value for each of the 5 keys, got 6",
    );
    expect(() => of(transformerEncoder({ heads: 1, hidden: 4 }), [2, 3, 4])).toThrow(
      "transformerEncoder expected [batch, time, features]",
    );
    expect(() => of(transformerDecoder({ heads: 1, hidden: 4 }), [3, 4])).toThrow(
      "transformerDecoder expected 2 tensors, got 1",
    );
    expect(() => of(positionalEncoding(), [8])).toThrow(
      "positionalEncoding expected [batch, time, features], got [batch, 8]",
    );
    expect(() => of(positionEmbedding(), [2, 2, 2])).toThrow(
      "positionEmbedding expected [batch, time, features], got [batch, 2, 2, 2]",
    );
  });
});

it("tensors have names that stay, and labels tell of heads", () => {
  const model = new Sequential(createBackendSync(), {
    inputShape: [5, 8],
    layers: [
      positionEmbedding(),
      transformerEncoder({ ...block, activation: "swiglu", useBias: false }),
      layerNormalization(),
      dense(3),
    ],
  });
  expect(model.parameters.map(({ name }) => name).join(" ")).toBe(
    "0.weight 1.norm1.gamma 1.norm1.beta 1.attention.queryKeyValue.weight 1.attention.output.weight 1.norm2.gamma 1.norm2.beta 1.hidden.weight 1.gate.weight 1.output.weight 2.gamma 2.beta 3.weight 3.bias",
  );
  expect(model.summary()).toContain("transformerEncoder(2 heads, 8 -> 10 -> 8)");
});
