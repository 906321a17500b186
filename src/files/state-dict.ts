import { FormatError } from "../core/errors.js";
import { divisible } from "./factor.js";
import { missingLayer } from "./missing-layers.js";
import { floatsOf, type Tensor } from "./safetensors.js";

/** A module of a state_dict that lanewise has a layer for. */
export interface Module {
  /** What its tensors' names begin with, without the last dot; empty for a module saved by itself. */
  readonly name: string;
  /** A PReLU of one slope has 1 input and 1 output, and takes any number. */
  readonly type: "dense" | "scaling" | "prelu";
  readonly inputs: number;
  readonly outputs: number;
  readonly useBias: boolean;
}

/** PyTorch's own epsilon of a BatchNorm1d. A state_dict does not hold it. */
export const BATCH_NORM_EPSILON = 1e-5;

/** The tensors of each module by their own names, in the order of the file. */
export function moduleTensors(tensors: ReadonlyMap<string, Tensor>): Map<string, Map<string, Tensor>> {
  const modules = new Map<string, Map<string, Tensor>>();
  for (const tensor of tensors.values()) {
    const dot = tensor.name.lastIndexOf(".");
    const module = tensor.name.slice(0, Math.max(dot, 0));
    const own = modules.get(module) ?? new Map<string, Tensor>();
    modules.set(module, own.set(tensor.name.slice(dot + 1), tensor));
  }
  return modules;
}

const place = (module: string, tensor: string) => (module === "" ? tensor : `${module}.${tensor}`);
const list = (shape: readonly number[]) => `[${shape.slice(0, 9).join(", ")}]`;
const isBatchNorm = (own: ReadonlyMap<string, Tensor>) => own.has("running_mean") && own.has("running_var");

/** The modules whose tensors are those of a BatchNorm1d. */
export const batchNorms = (tensors: ReadonlyMap<string, Tensor>): string[] =>
  [...moduleTensors(tensors)].filter(([, own]) => isBatchNorm(own)).map(([name]) => name);

/** The tensors without the numbers of batches that each BatchNorm has seen, which nothing depends on. */
export const withoutCounts = (tensors: ReadonlyMap<string, Tensor>): ReadonlyMap<string, Tensor> =>
  new Map([...tensors].filter(([name]) => !/(^|\.)num_batches_tracked$/.test(name)));

/**
 * The tensors with the mean and deviation of a scaling in the place of those of each BatchNorm1d, which in
 * evaluation is an affine map: weight (x - running_mean) / sqrt(running_var + epsilon) + bias (Ioffe,
 * Szegedy: "Batch Normalization", algorithm 2). Those that `keep` names stay as they are.
 * @throws FormatError for shapes that differ, and for variances below 0
 */
export function withScalings(
  who: string,
  tensors: ReadonlyMap<string, Tensor>,
  keep: (name: string) => boolean = () => false,
): ReadonlyMap<string, Tensor> {
  const all = new Map(tensors);
  for (const [module, own] of moduleTensors(tensors)) {
    if (!isBatchNorm(own) || keep(place(module, "running_mean"))) continue;
    const where = `${who}: ${module || "the module"}, a BatchNorm1d,`;
    const shapes = ["running_mean", "running_var", "weight", "bias"].flatMap((name) => {
      const tensor = own.get(name);
      return tensor ? [tensor.shape] : [];
    });
    const [shape] = shapes;
    if (shape.length !== 1 || shapes.some((other) => list(other) !== list(shape)))
      throw new FormatError(`${where} expected tensors of one shape, got ${shapes.map(list).join(", ")}`);
    const values = (name: string, otherwise: number) => {
      const tensor = own.get(name);
      return tensor ? floatsOf(tensor) : new Float32Array(shape[0]).fill(otherwise);
    };
    const [mean, variance] = [values("running_mean", 0), values("running_var", 1)];
    const [weight, bias] = [values("weight", 1), values("bias", 0)];
    const deviation = Float64Array.from(
      weight,
      (value, i) => Math.sqrt(variance[i] + BATCH_NORM_EPSILON) / divisible(value),
    );
    const wrong = deviation.findIndex(
      (value) => !Number.isFinite(Math.fround(value)) || Math.fround(value) === 0,
    );
    if (wrong >= 0)
      throw new FormatError(
        `${where} expected finite weights and variances above 0, got weight ${weight[wrong]} and running_var ${variance[wrong]} at index ${wrong}`,
      );
    for (const name of ["running_mean", "running_var", "weight", "bias", "num_batches_tracked"])
      all.delete(place(module, name));
    const put = (name: string, numbers: Float32Array) => {
      const full = place(module, name);
      const bytes = new Uint8Array(numbers.buffer as ArrayBuffer);
      all.set(full, { name: full, dtype: "F32", shape, bytes });
    };
    put(
      "mean",
      Float32Array.from(mean, (value, i) => value - bias[i] * deviation[i]),
    );
    put("deviation", Float32Array.from(deviation));
  }
  return all;
}

/**
 * The modules of a state_dict whose BatchNorm1d are scalings already. @throws FormatError that names the
 * module that lanewise has no layer for
 */
export function modulesOf(who: string, tensors: ReadonlyMap<string, Tensor>): Module[] {
  const modules = moduleTensors(tensors);
  return [...modules].map(([name, own]) => {
    // What torch.nn.utils.parametrize keeps of a weight is in a module within the module.
    const within = `${name === "" ? "" : `${name}.`}parametrizations.`;
    const names = [...own.keys(), ...[...modules.keys()].filter((other) => other.startsWith(within))];
    const shapeOf = (tensor: string) => own.get(tensor)?.shape;
    const [weight, mean] = [shapeOf("weight"), shapeOf("mean")];
    const only = (...known: readonly string[]) => names.every((tensor) => known.includes(tensor));
    if (weight?.length === 2 && only("weight", "bias") && weight[0] > 0 && weight[1] > 0) {
      const [outputs, inputs] = weight;
      return { name, type: "dense", inputs, outputs, useBias: own.has("bias") };
    }
    if (weight?.length === 1 && weight[0] > 0 && only("weight"))
      return { name, type: "prelu", inputs: weight[0], outputs: weight[0], useBias: false };
    if (mean?.length === 1 && own.has("deviation") && only("mean", "deviation"))
      return { name, type: "scaling", inputs: mean[0], outputs: mean[0], useBias: false };
    const shapes = names
      .slice(0, 6)
      .filter((tensor) => own.has(tensor))
      .map((tensor) => `${tensor.slice(0, 60)} ${list(shapeOf(tensor) ?? [])}`)
      .join(", ");
    throw new FormatError(
      `${who}: ${name || "the module"} (${shapes}) is ${kindOf(name, names, weight)}; it takes Linear, PReLU, BatchNorm1d and the scaling that torchStateDict writes`,
    );
  });
}

/** What a state_dict lacks for a layer, and what to do. */
const ELSEWHERE =
  "a state_dict does not hold the options: build the model in a program and pass the file to loadWeights";

/** What a module is of which its tensors do not make a layer. */
function kindOf(name: string, tensors: readonly string[], weight: readonly number[] | undefined): string {
  if (tensors.some((tensor) => /^weight_([gv]|orig)$|^original\d?$|(^|\.)parametrizations\./.test(tensor)))
    return "a layer with a parametrised weight: remove the parametrisation in PyTorch before saving";
  if (weight && weight.length > 2) return `a convolution, of which ${ELSEWHERE}`;
  if (weight?.length === 1) return `a normalization, of which ${ELSEWHERE}`;
  if (tensors.some((tensor) => /^weight_ih_l\d/.test(tensor)))
    return `a recurrent layer, of which ${ELSEWHERE}`;
  if (tensors.some((tensor) => /^(in|q)_proj_weight/.test(tensor))) return `attention, of which ${ELSEWHERE}`;
  const telling = [...tensors, name].find((text) => missingLayer(text).includes(":"));
  return missingLayer(telling ?? "");
}
