import {
  activation,
  add,
  average,
  concatenate,
  type createBackendSync,
  dense,
  dropout,
  flatten,
  gaussianNoise,
  input,
  type Layer,
  Model,
  multiply,
  prelu,
  reshape,
  scale,
  slice,
  subtract,
  type Tensor,
} from "../../src/index.js";
import type { Random } from "../support/random.js";

/** Smooth activations, whose gradients differences can tell. */
const smooth = ["tanh", "sigmoid", "softplus", "silu", "softmax", "gelu"] as const;

/**
 * A model of any layers on any tensors before them: fan-out, skips, shared and frozen layers, several inputs, and
 * one to three outputs, which may be used inside, or be one tensor, or an input.
 */
export function randomModel(
  random: Random,
  layers: number,
  backend: ReturnType<typeof createBackendSync>,
  { kinks = true }: { kinks?: boolean } = {},
): Model<Tensor[]> {
  const pick = <T>(list: readonly T[]): T => list[random.integer(list.length)];
  const inputs = Array.from({ length: 1 + random.integer(3) }, (_, i) =>
    input(i === 1 ? [2, 1 + random.integer(3)] : 1 + random.integer(5)),
  );
  const tensors: Tensor[] = [...inputs];
  const made: { layer: Layer; size: number }[] = [];
  const last = ({ shape }: Tensor): number => shape[shape.length - 1];
  const alike = (x: Tensor): Tensor => {
    const same = tensors.filter(({ shape }) => shape.join() === x.shape.join());
    return pick(same);
  };

  /** The softmax of one unit is always 1. */
  const smoothOn = (units: number) => pick(units > 1 ? smooth : smooth.filter((name) => name !== "softmax"));

  function denseOn(x: Tensor): Tensor {
    const shared = made.filter(({ size }) => size === last(x));
    if (shared.length > 0 && random.integer(2) === 0) return pick(shared).layer.apply(x);
    const units = 1 + random.integer(5);
    const layer = dense(units, {
      activation: random.integer(3) > 0 ? smoothOn(units) : "linear",
      useBias: random.integer(4) > 0,
      trainable: random.integer(5) > 0,
    });
    made.push({ layer, size: last(x) });
    return layer.apply(x);
  }

  const makers: ((x: Tensor) => Tensor)[] = [
    denseOn,
    denseOn,
    denseOn,
    (x) => activation(smoothOn(last(x))).apply(x),
    (x) => add(x, alike(x)),
    (x) => subtract(x, alike(x)),
    (x) => multiply(x, alike(x)),
    (x) => average().apply([x, alike(x), alike(x)]),
    (x) => scale(x, random.float()),
    (x) => {
      const leading = ({ shape }: Tensor): string => shape.slice(0, -1).join();
      return concatenate(x, pick(tensors.filter((each) => leading(each) === leading(x))));
    },
    (x) => {
      const begin = random.integer(last(x));
      return slice(x, begin, begin + 1 + random.integer(last(x) - begin));
    },
    (x) => dropout(0.3).apply(x),
    (x) => gaussianNoise(0.1).apply(x),
    (x) => (x.shape.length > 1 ? flatten().apply(x) : reshape([1, last(x)]).apply(x)),
  ];
  // Differences across a kink are wrong.
  if (kinks) makers.push((x) => prelu({ alphaInitializer: "glorotUniform", sharedAxes: "all" }).apply(x));
  for (let i = 0; i < layers; i++) {
    const from = random.integer(3) === 0 ? 0 : Math.max(0, tensors.length - 3);
    const tensor = pick(makers)(tensors[from + random.integer(tensors.length - from)]);
    if (tensor.shape.reduce((size, length) => size * length, 1) <= 16) tensors.push(tensor);
  }
  // Every input is used: what no output depends on is joined into one more.
  const outputs = [tensors[tensors.length - 1]];
  for (let i = random.integer(3); i > 0; i--) outputs.push(pick(tensors));
  const flat = inputs.map((x) => (x.shape.length > 1 ? flatten().apply(x) : x));
  outputs.push(dense(2).apply(flat.length > 1 ? concatenate(flat) : flat[0]));
  return new Model(backend, { inputs, outputs, seed: random.integer(1000) });
}

/** Samples and targets for a model. */
export function dataFor(random: Random, model: Model<Tensor[]>, rows: number) {
  const floats = (sizes: readonly number[]) => sizes.map((size) => random.floats(rows * size));
  return { x: floats(model.inputSizes), y: floats(model.outputSizes) };
}
