import { expect } from "vitest";
import { createBackendSync, type Model } from "../../src/index.js";
import { importTfjs } from "../../src/tfjs.js";
import { on } from "../reference/backends.js";
import { Random } from "../support/random.js";

/** Files of a model of one layer, as Keras 3 writes them. */

export const backend = createBackendSync(on("scalar"));
const random = new Random(31);
const sizeOf = (shape: readonly number[]) => shape.reduce((size, length) => size * length, 1);

/** Tensors of a layer called "l", in the order of the file, with numbers that are all different. */
export type Weights = Readonly<Record<string, readonly number[]>>;

export interface File {
  readonly json: object;
  readonly shards: readonly Uint8Array[];
  readonly values: ReadonlyMap<string, Float32Array>;
}

/** A model of one layer. */
export function fileOf(
  type: string,
  inputShape: readonly number[],
  config: object,
  weights: Weights = {},
): File {
  const values = new Map(
    Object.entries(weights).map(([name, shape]) => [name, random.floats(sizeOf(shape), 0.25, 1.5)]),
  );
  const layers = [
    { class_name: "InputLayer", config: { name: "in", batch_input_shape: [null, ...inputShape] } },
    { class_name: type, config: { name: "l", ...config } },
  ];
  const json = {
    modelTopology: { class_name: "Sequential", config: { name: "s", layers }, keras_version: "3.4.1" },
    weightsManifest: [
      {
        paths: ["a"],
        weights: Object.entries(weights).map(([name, shape]) => ({
          name: `l/${name}`,
          shape,
          dtype: "float32",
        })),
      },
    ],
  };
  const bytes = [...values.values()].flatMap(({ buffer }) => [...new Uint8Array(buffer)]);
  return { json, shards: [Uint8Array.from(bytes)], values };
}

export const read = ({ json, shards }: File): Model => importTfjs(backend, json, shards);

/** Compares outputs, relative to those above 1. */
export function expectClose(got: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(got.length).toBe(expected.length);
  const far = Array.from(got).filter(
    (y, i) => !(Math.abs(y - expected[i]) <= 1e-5 * Math.max(1, Math.abs(expected[i]))),
  );
  expect(far).toEqual([]);
}

export const inputsOf = (model: Model, samples = 3) =>
  random.floats(samples * sizeOf(model.inputShape), -2, 2);
export const typesOf = (model: Model) => model.layers.map(({ config }) => config.type);
