import { dirname, join, normalize } from "node:path";
import {
  type ActivationName,
  activation,
  type Backend,
  dense,
  loadWeights,
  prelu,
  Sequential,
  scaling,
} from "lanewise";
import { importBrain } from "lanewise/brain";
import { importOnnx } from "lanewise/onnx";
import { importTfjs, tfjsShards } from "lanewise/tfjs";
import { missingLayer } from "../src/files/missing-layers.js";
import { ordersOf, ordersText } from "../src/files/module-order.js";
import { type RecognizedFile, recognize, tensorFileOf } from "../src/files/recognize.js";
import { parseSafetensors } from "../src/files/safetensors.js";
import {
  BATCH_NORM_EPSILON,
  batchNorms,
  type Module,
  modulesOf,
  withScalings,
} from "../src/files/state-dict.js";
import { UsageError } from "./command.js";
import { readFile } from "./read-file.js";

/** A file to import. */
export interface FileToImport {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** The activations of its layers, if they were given. */
  readonly activations: readonly string[] | undefined;
  /** The names of its modules in the order of the layers, if they were given. */
  readonly order: readonly string[] | undefined;
  /** Takes notes about the import, a sentence at a time. */
  readonly say: (sentence: string) => void;
}

/** A format that models are imported from. */
export interface ImportFormat {
  readonly name: string;
  /** Whether a file is of this format, by the kind that was recognised. */
  detects(file: RecognizedFile | undefined, path: string): boolean;
  import(backend: Backend, file: FileToImport): Sequential;
}

/** The formats, in the order in which a file is tried. */
const importFormats: readonly ImportFormat[] = [
  {
    name: "TensorFlow.js",
    detects: (file) => file?.kind === "tfjs",
    import: (backend, { path, bytes }) => importTfjs(backend, bytes, shardsBeside(path, bytes)),
  },
  {
    name: "brain.js",
    detects: (file) => file?.kind === "brain",
    import: (backend, { bytes }) => importBrain(backend, bytes),
  },
  {
    name: "PyTorch's state_dict",
    detects: (file) => file?.kind === "stateDict" || file?.kind === "model" || file?.kind === "checkpoint",
    import: importTorch,
  },
  {
    name: "ONNX",
    // A protocol buffer does not name its own type. If its first field is not the version of the format, the
    // file's name decides.
    detects: (file, path) => file?.kind === "onnx" || (file === undefined && /\.onnx$/i.test(path)),
    import: (backend, { bytes }) => importOnnx(backend, bytes),
  },
];

/** The format of a file. Throws an Error that says what else it is. */
export function importFormatOf(path: string, bytes: Uint8Array): ImportFormat {
  const file = recognize(bytes);
  const format = importFormats.find((format) => format.detects(file, path));
  if (format) return format;
  const expected = `${path}: expected a file of ${importFormats.map(({ name }) => name).join(", ")}`;
  throw new Error(
    file
      ? `${expected}, got ${file.what}; ${file.advice}`
      : `${expected}, got a file of another kind; check which file it is`,
  );
}

/**
 * The shards by their paths. A path that leads out of the folder is refused: a model.json may come from
 * anywhere.
 */
function shardsBeside(path: string, json: Uint8Array): Record<string, Uint8Array> {
  const folder = dirname(path);
  const shards = tfjsShards(json).map((name) => {
    if (normalize(name).startsWith("..")) throw new Error(`the shard ${name} is in another folder`);
    return [name, readFile(join(folder, name))];
  });
  return Object.fromEntries(shards);
}

/**
 * A model of the modules of a state_dict, in the order that their numbers and shapes allow, or that was
 * given. The file does not hold the activations.
 */
function importTorch(backend: Backend, { bytes, activations, order, say }: FileToImport): Sequential {
  const { metadata, tensors: read } = parseSafetensors(bytes, "state_dict");
  const kind = tensorFileOf(metadata.format);
  if (kind.kind !== "stateDict") throw new Error(`is ${kind.what} already: import is for models of others`);
  const tensors = withScalings("state_dict", read);
  const modules = inOrder(modulesOf("state_dict", tensors), order);
  for (const name of batchNorms(read))
    say(`${name} is a BatchNorm1d and became a scaling, with PyTorch's epsilon of ${BATCH_NORM_EPSILON}`);
  const after = activationsAfter(modules, activations, new Set(batchNorms(read)), say);
  // A numeric name is the position in an nn.Sequential; layers of lanewise are numbered differently.
  const nameOf = ({ name }: Module) => (/^(\d|$)/.test(name) ? undefined : name);
  const layers = modules.flatMap((module, i) => {
    const name = nameOf(module);
    if (module.type === "dense")
      return [dense(module.outputs, { activation: after[i], useBias: module.useBias, name })];
    if (module.type === "prelu")
      return [prelu({ name, ...(module.inputs === 1 && { sharedAxes: "all" as const }) })];
    const ones = new Array<number>(module.inputs).fill(1);
    const made = scaling({ mean: ones, deviation: ones, name });
    return after[i] === "linear" ? [made] : [made, activation(after[i])];
  });
  const first = modules.find((module) => !isOneSlope(module)) ?? modules[0];
  const model = new Sequential(backend, { inputShape: first.inputs, layers });
  const unnamed = modules.filter((module) => nameOf(module) === undefined);
  loadWeights(model, bytes, { layout: "torch", order: unnamed.map(({ name }) => name) });
  return model;
}

/** Whether a module is a PReLU of one slope, which has no number of inputs. */
const isOneSlope = ({ type, inputs }: Module): boolean => type === "prelu" && inputs === 1;

/** The modules with each PReLU of one slope behind those whose numbers are smaller. */
function withSlopes(
  ordered: readonly Module[],
  slopes: readonly Module[],
  listed: string,
): readonly Module[] {
  const numberOf = ({ name }: Module) =>
    /^(.*\.)?\d+$/.test(name) ? Number(name.match(/\d+$/)) : Number.NaN;
  if (slopes.length > 0 && [...ordered, ...slopes].some((module) => Number.isNaN(numberOf(module))))
    throw new UsageError(
      `--order expected the order of the layers ${listed}: a PReLU of one slope fits anywhere among them`,
    );
  const all = [...ordered];
  for (const slope of slopes) {
    const at = all.findIndex((module) => numberOf(module) > numberOf(slope));
    all.splice(at < 0 ? all.length : at, 0, slope);
  }
  return all;
}

/** The tensors of an embedding are those of a Linear without a bias: its name may tell. */
function embeddingNote(modules: readonly Module[]): string {
  const found = modules.find(({ useBias, name }) => !useBias && /emb(ed|$|_|\.)/i.test(name));
  return found ? `; ${found.name} may be ${missingLayer("Embedding")}` : "";
}

/** The modules in their order. Throws an Error where shapes and numbers leave none, or several. */
function inOrder(modules: readonly Module[], order: readonly string[] | undefined): readonly Module[] {
  const listed = modules.map(({ name, inputs, outputs }) => `${name} [${outputs}, ${inputs}]`).join(", ");
  if (modules.length === 0) throw new Error("state_dict: expected modules with weights, got none");
  if (order) {
    const ordered = order.flatMap((name) => modules.find((module) => module.name === name) ?? []);
    if (ordered.length !== modules.length || new Set(ordered).size !== modules.length)
      throw new UsageError(`--order expected each of ${listed} once, got ${order.join(",")}`);
    const sized = ordered.filter((module) => !isOneSlope(module));
    const at = sized.findIndex(({ inputs }, i) => i > 0 && inputs !== sized[i - 1].outputs);
    if (at < 0) return ordered;
    const [before, module] = [sized[at - 1], sized[at]];
    throw new UsageError(
      `--order expected layers that go together: ${before.name} gives ${before.outputs} outputs, ${module.name} takes ${module.inputs}`,
    );
  }
  // One slope fits anywhere: its name has to say where.
  const slopes = modules.filter(isOneSlope);
  const { orders, complete } = ordersOf(
    modules.filter((module) => !isOneSlope(module)),
    (module, before) => before === undefined || module.inputs === before.outputs,
  );
  if (orders.length === 1 && complete) return withSlopes(orders[0], slopes, listed);
  if (orders.length === 0 && complete)
    throw new Error(
      `state_dict: expected layers that go together in a row, got ${listed}${embeddingNote(modules)}`,
    );
  throw new UsageError(
    `--order expected the order of the layers ${listed}, whose shapes allow ${orders.length > 0 ? ordersText(orders, complete) : "too many to try"}`,
  );
}

/**
 * The activation after each module, from one for each Linear or one for each module. What was said of a
 * Linear comes after a BatchNorm1d that directly follows it, unless numbers leave room for an activation
 * before that.
 */
function activationsAfter(
  modules: readonly Module[],
  activations: readonly string[] | undefined,
  norms: ReadonlySet<string>,
  say: (sentence: string) => void,
): ActivationName[] {
  const linear = modules.filter(({ type }) => type === "dense");
  const known = activations as readonly ActivationName[] | undefined;
  if (known?.length === modules.length) return [...known];
  if (known?.length !== linear.length) {
    const listed = (of: readonly Module[]) =>
      of.map(({ name, inputs, outputs }) => `${name} [${outputs}, ${inputs}]`).join(", ");
    const others = linear.length < modules.length ? `, or of all modules ${listed(modules)}` : "";
    throw new UsageError(
      `--activations expected one for each of the layers ${listed(linear)}, as relu,softmax (linear for none)${others}, got ${activations?.length ?? "none"}`,
    );
  }
  const after = modules.map((): ActivationName => "linear");
  let next = 0;
  for (const [i, { name, type }] of modules.entries()) {
    if (type !== "dense") continue;
    const [norm, given] = [modules[i + 1], known[next++]];
    const apart = Number(norm?.name.match(/\d+$/)) - Number(name.match(/\d+$/));
    const sequential = norm?.name.replace(/\d+$/, "") === name.replace(/\d+$/, "");
    const moves = norm !== undefined && norms.has(norm.name) && !(sequential && apart > 1);
    after[moves ? i + 1 : i] = given;
    if (moves && given !== "linear" && !sequential)
      say(`${given} was put after ${norm.name}; to put it elsewhere, give --activations for all modules`);
  }
  return after;
}
