import { FormatError, ShapeError, ValueError } from "../core/errors.js";
import type { Host } from "../core/host.js";
import type { Bytes, ResponseLike, URLLike } from "../core/platform.js";
import { classOf, readBytes, reasonOf } from "../core/source.js";
import type { Layer, LayerConfig, LayerSpec } from "../nn/layers/layer.js";
import type { Network } from "../nn/network.js";
import { type Life, layersOf, lifeFrom, type Plan, tensorsOf } from "../nn/plan.js";
import { sizeOf } from "../nn/slab.js";
import { insteadOf, tensorFileOf } from "./recognize.js";
import { floatsOf, parseSafetensors, type Tensor } from "./safetensors.js";

/**
 * A model as a safetensors file (https://github.com/huggingface/safetensors): the tensors by the names of
 * `model.parameters` and `model.buffers`, and under `__metadata__` the strings below, beside those of the
 * model's own.
 */
export const FORMAT_VERSION = 1;
/** The words of `__metadata__` that are the format's. */
export const keys = {
  format: "format",
  version: "format_version",
  architecture: "architecture",
  labels: "labels",
} as const;

/** A model file, or where it comes from. */
export type ModelSource = Bytes | ResponseLike | URLLike;

const WHO = "model file";

/** How a layer of each type is made again. @throws ValueError for what the layer cannot be made with */
export type LayerMakers<Of extends Layer> = Readonly<Record<string, (config: LayerConfig) => LayerSpec<Of>>>;

/**
 * The model in a file, as the network that `make` makes of a plan. Everything is checked before any of it is
 * made.
 * @throws FormatError for what is no such file, with where and why; OutOfMemoryError
 */
export async function load<Of extends Host, OfLayer extends Layer, Model extends Network>(
  makers: LayerMakers<OfLayer>,
  make: (backend: Of, plan: Plan<OfLayer>) => Model,
  backend: Of,
  source: ModelSource | Promise<ModelSource>,
): Promise<Model> {
  backend.check();
  const given = await source;
  const bytes = await readBytes(given, (message, cause) => new FormatError(`${WHO}: ${message}`, { cause }));
  if (!bytes)
    throw new FormatError(
      `${WHO}: expected bytes, a Response, a URL or a promise of one, got ${classOf(given)}`,
    );
  const { metadata, tensors } = parseSafetensors(bytes, WHO);
  if (metadata[keys.format] !== "lanewise")
    throw new FormatError(`${WHO}: ${insteadOf("a model of lanewise", tensorFileOf(metadata[keys.format]))}`);
  return modelFrom(makers, make, backend, metadata, tensors);
}

/** The model that the words and tensors of a file tell of. @throws as load does */
export function modelFrom<Of extends Host, OfLayer extends Layer, Model extends Network>(
  makers: LayerMakers<OfLayer>,
  make: (backend: Of, plan: Plan<OfLayer>) => Model,
  backend: Of,
  metadata: Readonly<Record<string, string>>,
  tensors: ReadonlyMap<string, Tensor>,
): Model {
  const model = make(backend, planFrom(makers, backend, metadata, tensors));
  fill(model, tensors);
  return model;
}

/** Tensors of the right names and shapes into a model. */
function fill(model: Network, tensors: ReadonlyMap<string, Tensor>): void {
  for (const { name, address } of model.tensors) {
    const values = floatsOf(tensors.get(name) as Tensor);
    model.backend.floats(address, values.length).set(values);
  }
}

/** What a model is made with, from the words of a file, once its tensors are those of that model. */
function planFrom<Of extends Layer>(
  makers: LayerMakers<Of>,
  backend: Host,
  metadata: Readonly<Record<string, string>>,
  tensors: ReadonlyMap<string, Tensor>,
): Plan<Of> {
  if (metadata[keys.format] !== "lanewise" || metadata[keys.architecture] === undefined) {
    throw new FormatError(`${WHO}: its metadata hold no architecture of a model of lanewise`);
  }
  const version = metadata[keys.version];
  if (!/^\d{1,9}$/.test(version ?? ""))
    throw new FormatError(`${WHO}: expected a number as ${keys.version}, got ${JSON.stringify(version)}`);
  if (Number(version) > FORMAT_VERSION)
    throw new FormatError(
      `${WHO}: is of format version ${version}, this version of lanewise reads up to ${FORMAT_VERSION}`,
    );
  const {
    inputShape,
    seed,
    life,
    layers: configs,
  } = parsed(keys.architecture, metadata) as {
    inputShape: readonly number[];
    seed: number;
    life?: Life;
    layers: readonly unknown[];
  };
  const own: Record<string, string> = {};
  for (const key of Object.keys(metadata))
    if (!Object.values<string>(keys).includes(key)) define(own, key, metadata[key]);
  try {
    if (!Array.isArray(inputShape) || inputShape.length === 0)
      throw new ValueError("expected inputShape to be a list of sizes");
    if (!inputShape.every((size) => Number.isSafeInteger(size) && size > 0))
      throw new ValueError(`expected inputShape to hold sizes, got ${JSON.stringify(inputShape)}`);
    if (!Array.isArray(configs) || configs.length === 0) throw new ValueError("expected a list of layers");
    if (!Number.isSafeInteger(seed))
      throw new ValueError(`expected seed to be a safe integer, got ${JSON.stringify(seed)}`);
    const specs = configs.map((config, i) => specOf(makers, config, i));
    const layers = layersOf(backend, inputShape, specs);
    const outputs = sizeOf(layers[layers.length - 1].outputShape);
    if (!Number.isSafeInteger(sizeOf(inputShape)) || !Number.isSafeInteger(outputs))
      throw new ValueError("a shape has more elements than can be counted");
    const { parameters, buffers } = tensorsOf({ specs, layers });
    checkTensors(WHO, [...parameters, ...buffers], tensors);
    const labels = labelsFrom(metadata, outputs);
    const lived = life === undefined ? undefined : lifeFrom("architecture", life);
    return { inputShape, seed, specs, layers, labels, metadata: own, life: lived };
  } catch (cause) {
    if (cause instanceof ValueError || cause instanceof ShapeError)
      throw new FormatError(`${WHO}: architecture: ${cause.message}`, { cause });
    throw cause;
  }
}

function specOf<Of extends Layer>(makers: LayerMakers<Of>, config: unknown, i: number): LayerSpec<Of> {
  const type = (config as LayerConfig | null)?.type;
  if (typeof type === "string" && Object.hasOwn(makers, type)) return makers[type](config as LayerConfig);
  throw new ValueError(
    `layer ${i} is of type ${JSON.stringify(type)}; known are ${Object.keys(makers).join(", ")}`,
  );
}

function labelsFrom(metadata: Readonly<Record<string, string>>, outputs: number): string[] | undefined {
  if (metadata[keys.labels] === undefined) return undefined;
  const labels = parsed(keys.labels, metadata);
  if (
    Array.isArray(labels) &&
    labels.every((label) => typeof label === "string") &&
    (labels.length === outputs || (outputs === 1 && labels.length === 2))
  )
    return labels;
  throw new FormatError(`${WHO}: expected ${keys.labels} to be a name for each of ${outputs} outputs`);
}

/** @throws FormatError */
function parsed(key: string, metadata: Readonly<Record<string, string>>): object {
  let value: unknown;
  try {
    value = JSON.parse(metadata[key]);
  } catch (cause) {
    throw new FormatError(`${WHO}: ${key} is no JSON (${reasonOf(cause)})`, { cause });
  }
  if (value === null || typeof value !== "object")
    throw new FormatError(`${WHO}: expected ${key} to be an object, got ${JSON.stringify(value)}`);
  return value;
}

/** Also a key such as "__proto__" is then a key like others. */
function define(record: Record<string, string>, key: string, value: string): void {
  Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true });
}

/** @throws FormatError with all that is missing, unexpected or of another shape */
export function checkTensors(who: string, expected: readonly NamedShape[], tensors: Tensors): void {
  const problems = tensorProblems(expected, tensors);
  if (problems !== "") throw new FormatError(`${who}: ${problems}`);
}

type NamedShape = { readonly name: string; readonly shape: readonly number[] };
type Tensors = ReadonlyMap<string, Tensor>;

/** All that is missing, unexpected or of another shape, as text; empty where everything is right. */
export function tensorProblems(expected: readonly NamedShape[], tensors: Tensors): string {
  const text = (shape: readonly number[]) => `[${shape.join(", ")}]`;
  const names = new Set(expected.map(({ name }) => name));
  const problems: string[] = [];
  for (const { name, shape } of expected) {
    const tensor = tensors.get(name);
    if (!tensor) problems.push(`${name} ${text(shape)} is missing`);
    else if (text(tensor.shape) !== text(shape))
      problems.push(`${name} expected ${text(shape)}, got ${text(tensor.shape)}`);
  }
  for (const [name, { shape }] of tensors)
    if (!names.has(name)) problems.push(`${name} ${text(shape)} is unexpected`);
  const more = problems.length > 20 ? `; and ${problems.length - 20} more` : "";
  return problems.slice(0, 20).join("; ") + more;
}
