import { FormatError, ShapeError, ValueError } from "../core/errors.js";
import { checkBackend, type Host } from "../core/host.js";
import type { Bytes, ResponseLike, URLLike } from "../core/platform.js";
import { classOf, readBytes, reasonOf } from "../core/source.js";
import type { Encoding } from "../encoding/encoding.js";
import { sizeOf } from "../graph/value.js";
import type { MakeLayer } from "../layers/by-type.js";
import type { Tensor as SymbolicTensor } from "../layers/tensor.js";
import type { Life } from "../network/life.js";
import type { Network } from "../network/network.js";
import { type Structure, structureFrom } from "../network/structure.js";
import { type Trace, trace } from "../network/trace.js";
import {
  type ArchitectureV1,
  type ArchitectureV2,
  lifeIn,
  maker,
  optionsOfVersion1,
  optionsOfVersion2,
  rowLayers,
} from "./architecture.js";
import { insteadOf, tensorFileOf } from "./recognize.js";
import { floatsOf, parseSafetensors, type Tensor } from "./safetensors.js";

/**
 * A model as a safetensors file (https://github.com/huggingface/safetensors): the tensors by the names of
 * `model.parameters` and `model.buffers`, and under `__metadata__` the strings below and the model's own
 * metadata.
 */
export const FORMAT_VERSION = 2;
/** The keys of `__metadata__` that the format uses. */
export const keys = {
  format: "format",
  version: "format_version",
  architecture: "architecture",
  labels: "labels",
  encoding: "encoding",
} as const;

/** A model file, or where it comes from. */
export type ModelSource = Bytes | ResponseLike | URLLike;

const WHO = "model file";

type AnyModel = Network<SymbolicTensor | readonly SymbolicTensor[]>;

/** The layers by their types, and the constructor of the model. */
export interface Loader<Of extends Host, Model extends AnyModel> {
  readonly layers: Readonly<Record<string, MakeLayer>>;
  /** `traced` is what `trace(structure, false)` gives, for one model. */
  readonly make: (backend: Of, structure: Structure, life: Life | undefined, traced: Trace) => Model;
}

/**
 * The model in a file. Everything is checked before any of it is made.
 * @throws FormatError for what is no such file, with where and why; OutOfMemoryError
 */
export async function load<Of extends Host, Model extends AnyModel>(
  loader: Loader<Of, Model>,
  backend: Of,
  source: ModelSource | Promise<ModelSource>,
): Promise<Model> {
  checkBackend("loadModel", backend);
  const given = await source;
  const bytes = await readBytes(given, (message, cause) => new FormatError(`${WHO}: ${message}`, { cause }));
  if (!bytes)
    throw new FormatError(
      `${WHO}: expected bytes, a Response, a URL or a promise of one, got ${classOf(given)}`,
    );
  const { metadata, tensors } = parseSafetensors(bytes, WHO);
  if (metadata[keys.format] !== "lanewise")
    throw new FormatError(`${WHO}: ${insteadOf("a model of lanewise", tensorFileOf(metadata[keys.format]))}`);
  return modelIn(loader, backend, metadata, tensors);
}

/** The model that metadata and tensors describe. @throws as load does */
export function modelIn<Of extends Host, Model extends AnyModel>(
  { layers, make }: Loader<Of, Model>,
  backend: Of,
  metadata: Readonly<Record<string, string>>,
  tensors: ReadonlyMap<string, Tensor>,
): Model {
  const { structure, life, traced } = structureIn(layers, backend, metadata, tensors);
  const model = make(backend, structure, life, traced);
  for (const { name, address } of model.tensors) {
    const values = floatsOf(tensors.get(name) as Tensor);
    model.backend.floats(address, values.length).set(values);
  }
  return model;
}

/** The structure in the metadata of a file, once its tensors are those of that structure. */
function structureIn(
  makers: Readonly<Record<string, MakeLayer>>,
  backend: Host,
  metadata: Readonly<Record<string, string>>,
  tensors: ReadonlyMap<string, Tensor>,
): { structure: Structure; life: Life | undefined; traced: Trace } {
  if (metadata[keys.format] !== "lanewise" || metadata[keys.architecture] === undefined) {
    throw new FormatError(
      `${WHO}: is not a lanewise model (its metadata have no architecture). To read only the tensors, create the model first and call loadWeights`,
    );
  }
  const version = metadata[keys.version];
  if (!/^\d{1,9}$/.test(version ?? ""))
    throw new FormatError(`${WHO}: expected a number as ${keys.version}, got ${JSON.stringify(version)}`);
  if (Number(version) > FORMAT_VERSION)
    throw new FormatError(
      `${WHO}: is of format version ${version}, this version of lanewise reads up to ${FORMAT_VERSION}`,
    );
  const architecture = parsed(keys.architecture, metadata) as ArchitectureV1 & ArchitectureV2;
  const own: Record<string, string> = {};
  for (const key of Object.keys(metadata))
    if (!Object.values<string>(keys).includes(key)) define(own, key, metadata[key]);
  try {
    const { seed } = architecture;
    if (!Number.isSafeInteger(seed))
      throw new ValueError(`expected seed to be a safe integer, got ${JSON.stringify(seed)}`);
    const make = maker(makers);
    const isVersion1 = Number(version) <= 1;
    const options = isVersion1
      ? optionsOfVersion1(architecture, make)
      : optionsOfVersion2(architecture, make);
    const structure = structureFrom(
      backend,
      {
        ...options,
        seed,
        metadata: own,
        ...(metadata[keys.encoding] !== undefined && {
          encoding: parsed(keys.encoding, metadata) as Encoding,
        }),
      },
      isVersion1 ? rowLayers : undefined,
    );
    const traced = trace(structure, false);
    const { parameters, buffers } = traced.registry;
    checkTensors(
      WHO,
      [...parameters.values(), ...buffers.values()].map(({ spec }) => spec),
      tensors,
    );
    const [output] = structure.outputs;
    const labels = structure.outputs.length === 1 ? labelsFrom(metadata, sizeOf(output.shape)) : undefined;
    return { structure: { ...structure, labels }, life: lifeIn(architecture), traced };
  } catch (cause) {
    if (cause instanceof ValueError || cause instanceof ShapeError)
      throw new FormatError(`${WHO}: architecture: ${cause.message}`, { cause });
    throw cause;
  }
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

/** A key such as "__proto__" is then an ordinary key. */
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

/** Everything that is missing, unexpected or of another shape, as text; empty if nothing is wrong. */
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
