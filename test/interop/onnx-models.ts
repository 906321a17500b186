import {
  activation,
  activationNames,
  type Backend,
  dense,
  dropout,
  flatten,
  gaussianNoise,
  prelu,
  Sequential,
  scaling,
} from "../support/published.js";
import { Random } from "../support/random.js";

/**
 * Models that together have every layer and activation, inputs and outputs of one dimension and of several,
 * with weights and without.
 */
export function everyLayer(
  backend: Backend,
): readonly { readonly name: string; readonly model: Sequential }[] {
  const random = new Random(5);
  const scale = (size: number) =>
    scaling({ mean: random.floats(size), deviation: random.floats(size, 0.5, 2) });
  const models = [
    ...activationNames.map((name) => ({
      name,
      model: new Sequential(backend, {
        inputShape: 6,
        seed: 2,
        layers: [dense(5, { activation: name }), dense(3)],
      }),
    })),
    ...activationNames.map((name) => ({
      name: `${name}-layer`,
      model: new Sequential(backend, { inputShape: [2, 3], layers: [activation(name)] }),
    })),
    {
      name: "all-layers",
      model: new Sequential(backend, {
        inputShape: [2, 3],
        labels: ["a", "b", "c"],
        metadata: { note: "words" },
        layers: [
          scale(6),
          flatten(),
          dense(4, { useBias: false, name: "first" }),
          dropout(0.5),
          activation("gelu"),
          gaussianNoise(0.1),
          dense(3),
          scale(3),
          activation("softmax"),
        ],
      }),
    },
    {
      name: "slopes",
      model: new Sequential(backend, {
        inputShape: [2, 3],
        layers: [
          prelu({ sharedAxes: [2] }),
          flatten(),
          dense(4),
          activation("leakyRelu", { slope: 2 }),
          prelu(),
          activation("elu", { alpha: 0.5 }),
          dense(3),
          prelu({ sharedAxes: "all" }),
          activation("hardSigmoid", { slope: 1 }),
        ],
      }),
    },
    {
      name: "nothing-but-dropout",
      model: new Sequential(backend, { inputShape: 3, layers: [dropout(0.5)] }),
    },
  ];
  for (const { model } of models)
    for (const { value } of model.parameters) value.set(random.floats(value.length));
  return models;
}

/** Rows of inputs between -4 and 4. */
export const someInputs = (rows: number, size: number): Float32Array =>
  new Random(6).floats(rows * size, -4, 4);
