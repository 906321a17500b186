import { dirname, join, normalize } from "node:path";
import { type ActivationName, type Backend, dense, loadWeights, prelu, Sequential, scaling } from "lanewise";
import { importBrain } from "lanewise/brain";
import { importOnnx } from "lanewise/onnx";
import { importTfjs, tfjsShards } from "lanewise/tfjs";
import { parseSafetensors } from "../src/formats/safetensors.js";
import { UsageError } from "./command.js";
import { readFile } from "./read-file.js";

/** A file that is to come in. */
export interface FileToImport {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Of its JSON, where it is some. */
  readonly json: object | undefined;
  /** What was said of the activations of its layers, where anything was. */
  readonly activations: readonly string[] | undefined;
}

/** A format that models come in. */
export interface ImportFormat {
  readonly name: string;
  /** Whether a file is of this format, by what is in it. */
  detects(file: FileToImport): boolean;
  import(backend: Backend, file: FileToImport): Sequential;
}

/** The formats, in the order in which a file is tried. */
export const importFormats: readonly ImportFormat[] = [
  {
    name: "TensorFlow.js",
    detects: ({ json }) => json !== undefined && Object.hasOwn(json, "modelTopology"),
    import: (backend, { path, json = {} }) => importTfjs(backend, json, shardsBeside(path, json)),
  },
  {
    name: "brain.js",
    detects: ({ json }) => json !== undefined && Object.hasOwn(json, "layers"),
    import: (backend, { json = {} }) => importBrain(backend, json),
  },
  {
    name: "PyTorch's state_dict",
    // The length of the header, which is JSON, as 64 bits.
    detects: ({ bytes, json }) => json === undefined && bytes[8] === "{".charCodeAt(0) && bytes[7] === 0,
    import: importTorch,
  },
  {
    name: "ONNX",
    // A message of protocol buffers tells nothing of itself: its first field is the version of the format, or
    // its name does.
    detects: ({ path, bytes }) => /\.onnx$/i.test(path) || bytes[0] === 8,
    import: (backend, { bytes }) => importOnnx(backend, bytes),
  },
];

/**
 * The shards by their paths. One that leads out of the folder is none: a model.json may come from anywhere.
 */
function shardsBeside(path: string, json: object): Record<string, Uint8Array> {
  const folder = dirname(path);
  const shards = tfjsShards(json).map((name) => {
    if (normalize(name).startsWith("..")) throw new Error(`the shard ${name} is in another folder`);
    return [name, readFile(join(folder, name))];
  });
  return Object.fromEntries(shards);
}

/** The tensors of a module by their own names. */
type Tensors = Map<string, { readonly name: string; readonly shape: readonly number[] }>;

/** How many slopes a PReLU has, whose only tensor is a weight of one dimension; undefined for another module. */
function slopesOf(module: Tensors): number | undefined {
  const { shape } = module.get("weight") ?? {};
  return module.size === 1 && shape?.length === 1 ? shape[0] : undefined;
}

/** A model of the layers that the shapes of a state_dict tell; the activations it does not tell. */
function importTorch(backend: Backend, { bytes, activations }: FileToImport): Sequential {
  const { metadata, tensors } = parseSafetensors(bytes, "state_dict");
  if (metadata.format === "lanewise") throw new Error("is a model of lanewise already");
  const modules = new Map<string, Tensors>();
  for (const { name, shape } of tensors.values()) {
    const dot = name.lastIndexOf(".");
    const module = name.slice(0, Math.max(dot, 0));
    modules.set(module, (modules.get(module) ?? new Map()).set(name.slice(dot + 1), { name, shape }));
  }
  const inOrder = [...modules].sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
  const linear = inOrder.filter(([, module]) => module.has("weight") && slopesOf(module) === undefined);
  const listed = linear
    .map(([module, tensors]) => `${module} [${tensors.get("weight")?.shape.join(", ")}]`)
    .join(", ");
  if (activations?.length !== linear.length) {
    throw new UsageError(
      `--activations expected one for each of the layers ${listed}, as relu,softmax (linear for none), got ${activations?.length ?? "none"}`,
    );
  }
  let left = [...activations];
  const names: Record<string, string> = {};
  const layers = inOrder.map(([module, tensors], i) => {
    const slopes = slopesOf(tensors);
    for (const tensor of ["weight", "bias", "mean", "deviation"]) {
      const name = tensors.get(tensor)?.name;
      if (name !== undefined) names[`${i}.${slopes === undefined ? tensor : "alpha"}`] = name;
    }
    if (slopes !== undefined) {
      // One slope tells no number of inputs.
      return slopes === 1
        ? { make: () => prelu({ sharedAxes: "all" }) }
        : { inputs: slopes, make: () => prelu() };
    }
    const [units, inputs] = tensors.get("weight")?.shape ?? [];
    const [activation, ...others] = left;
    if (inputs !== undefined && units > 0) {
      left = others;
      return {
        inputs,
        make: () => dense(units, { activation: activation as ActivationName, useBias: tensors.has("bias") }),
      };
    }
    const { name, shape } = tensors.get("mean") ?? {};
    if (name === undefined || shape?.length !== 1)
      throw new Error(
        `state_dict: ${module || "it"} expected a Linear's weight [out, in], a PReLU's [slopes], or the mean and deviation of a scaling`,
      );
    const ones = new Array<number>(shape[0]).fill(1);
    return { inputs: shape[0], make: () => scaling({ mean: ones, deviation: ones }) };
  });
  const model = new Sequential(backend, {
    inputShape: layers.find(({ inputs }) => inputs !== undefined)?.inputs ?? 0,
    layers: layers.map(({ make }) => make()),
  });
  loadWeights(model, bytes, { layout: "torch", names });
  return model;
}
