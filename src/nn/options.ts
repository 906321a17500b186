import { checkCount, checkOptions, show } from "../core/check.js";
import { ShapeError, ValueError } from "../core/errors.js";
import { Host } from "../core/host.js";
import type { LayerSpec } from "./layers/layer.js";
import { layersOf, type Plan, tensorsOf } from "./plan.js";
import { sizeOf } from "./slab.js";

export interface NetworkOptions {
  /** The shape of one sample, without the batch; a number n stands for [n]. */
  inputShape: number | readonly number[];
  /** The layers in order, from dense(...), activation(...), dropout(...) and the like. */
  layers: readonly LayerSpec[];
  /**
   * What the initial weights, and in training the shuffles, are a function of: any safe integer. Default 0.
   */
  seed?: number;
  /**
   * What the outputs stand for, one name each (of one output, its two classes may be named): saved with the
   * model.
   */
  labels?: readonly string[];
  /** Words of your own about the model: saved with it. */
  metadata?: Readonly<Record<string, string>>;
}

const WHO = "network";

/** @throws ValueError, ShapeError, DisposedError */
export function planFrom(backend: Host, options: NetworkOptions): Plan {
  if (!(backend instanceof Host))
    throw new ValueError(`${WHO} expected a backend, from createBackend(), got ${show(backend)}`);
  backend.check();
  checkOptions(WHO, options ?? null, ["inputShape", "layers", "seed", "labels", "metadata"]);
  const { inputShape: given, layers: specs, seed = 0, labels, metadata = {} } = options;
  const inputShape = typeof given === "number" ? [given] : [...checkArray("inputShape", given)];
  if (inputShape.length === 0)
    throw new ValueError(`${WHO} expected inputShape to have at least one size, got []`);
  for (const size of inputShape) checkCount(WHO, "a size in inputShape", size);
  if (!Number.isSafeInteger(seed))
    throw new ValueError(`${WHO} expected seed to be a safe integer, got ${show(seed)}`);
  if (checkArray("layers", specs).length === 0)
    throw new ValueError(`${WHO} expected at least one layer, got none`);
  for (const spec of specs) {
    if (typeof spec?.build !== "function")
      throw new ValueError(`${WHO} expected layers such as dense(10), got ${show(spec)}`);
  }
  const layers = layersOf(backend, inputShape, specs);
  tensorsOf({ specs, layers });
  checkLabels(labels, sizeOf(layers[layers.length - 1].outputShape));
  return {
    inputShape,
    seed,
    specs,
    layers,
    labels: labels && [...labels],
    metadata: checkMetadata(metadata),
  };
}

function checkArray<T>(what: string, value: readonly T[]): readonly T[] {
  if (Array.isArray(value)) return value;
  throw new ValueError(`${WHO} expected ${what} to be an array, got ${show(value)}`);
}

function checkLabels(labels: unknown, outputs: number): void {
  if (labels === undefined) return;
  if (!Array.isArray(labels) || labels.some((label) => typeof label !== "string"))
    throw new ValueError(`${WHO} expected labels to be an array of strings, got ${show(labels)}`);
  const twice = labels.find((label, i) => labels.indexOf(label) < i);
  if (twice !== undefined)
    throw new ValueError(`${WHO} expected labels that differ from each other, got ${show(twice)} twice`);
  if (labels.length !== outputs && !(outputs === 1 && labels.length === 2))
    throw new ShapeError(`${WHO} expected a label for each of ${outputs} outputs, got ${labels.length}`);
}

function checkMetadata(metadata: Readonly<Record<string, string>>): Record<string, string> {
  if (metadata === null || typeof metadata !== "object")
    throw new ValueError(`${WHO} expected metadata to be an object of strings, got ${show(metadata)}`);
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== "string")
      throw new ValueError(`${WHO} expected metadata to be strings, got ${show(value)} for ${key}`);
  }
  return { ...metadata };
}
