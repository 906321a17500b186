import { sizeOf } from "../graph/value.js";
import type { AnyNetwork } from "../network/trainable.js";
import type { TensorPlace } from "../network/weights.js";
import { writeSafetensors } from "./safetensors.js";

/** @internal A tensor of a model as a file has it. */
export interface FileTensor extends TensorPlace {
  /** What the model calls it. */
  readonly own: string;
  /** Whether the file holds its transpose. */
  readonly transposed: boolean;
}

/** The layers whose tensors have names of their own in PyTorch. */
const normalizations: readonly string[] = [
  "batchNormalization",
  "layerNormalization",
  "rmsNormalization",
  "groupNormalization",
];

const inTorch: ReadonlyMap<string, string> = new Map([
  ["gamma", "weight"],
  ["beta", "bias"],
  ["movingMean", "running_mean"],
  ["movingVariance", "running_var"],
]);

const layerOf = (tensor: string): string => tensor.slice(0, tensor.lastIndexOf(".") + 1);

/** @internal The layers that have tensors and no name of their own, in order, each with its tensors. */
export function unnamedLayers(model: AnyNetwork): TensorPlace[][] {
  const { layerConfigs, tensors } = model;
  return layerConfigs.flatMap(({ name }, i) => {
    const own = name ? [] : tensors.filter((tensor) => layerOf(tensor.name) === `${i}.`);
    return own.length > 0 ? [own] : [];
  });
}

/**
 * @internal The tensors of a model as the state_dict of an nn.Sequential has them: dense kernels as [units,
 * inputs], the slopes of prelu as "weight" in a row, gamma and beta as "weight" and "bias", and an activation
 * counts as a module of its own. A layer that has a name keeps it. `modules` are the names of those that the
 * other layers with tensors take, in order.
 */
export function torchTensors(model: AnyNetwork, modules: readonly string[] = []): FileTensor[] {
  const { tensors } = model;
  const filled = new Set(tensors.map(({ name }) => layerOf(name)));
  const left = [...modules];
  const places = new Map<string, { module: string; type: string }>();
  let count = 0;
  for (const [i, { type, name, activation }] of model.layerConfigs.entries()) {
    const layer = `${name ?? i}.`;
    const module = name ?? (filled.has(layer) ? left.shift() : undefined) ?? String(count);
    places.set(layer, { module: module === "" ? "" : `${module}.`, type });
    count += type === "dense" && activation !== "linear" ? 2 : 1;
  }
  return tensors.map(({ name: own, shape, address }) => {
    const layer = layerOf(own);
    const { module = layer, type = "" } = places.get(layer) ?? {};
    const transposed = type === "dense" && shape.length > 1;
    // The slopes of a PReLU are its weight, in a row.
    if (type === "prelu")
      return { own, name: `${module}weight`, shape: [sizeOf(shape)], address, transposed };
    const tensor = own.slice(layer.length);
    return {
      own,
      name: module + (normalizations.includes(type) ? (inTorch.get(tensor) ?? tensor) : tensor),
      shape: transposed ? [...shape].reverse() : shape,
      address,
      transposed,
    };
  });
}

/** @internal The transpose of a [rows, columns], both row-major. */
export function transposeInto(to: Float32Array, from: Float32Array, rows: number): void {
  const columns = from.length / rows;
  for (let i = 0; i < from.length; i++) to[(i % columns) * rows + Math.floor(i / columns)] = from[i];
}

/**
 * The weights and buffers of a model as the bytes of a safetensors file, which is a state_dict for PyTorch's
 * nn.Sequential of the same layers: kernels as [units, inputs], the slopes of prelu as the weight of a PReLU
 * that has as many parameters, gamma and beta of normalization as weight and bias, its running statistics as
 * running_mean and running_var, and "0.weight", "2.weight" where an
 * activation stands between, since that counts there as a module of its own. So do scaling, dropout and
 * noise. A layer that has a name keeps it.
 * @throws DisposedError
 */
export function torchStateDict(model: AnyNetwork): Uint8Array<ArrayBuffer> {
  return writeSafetensors(
    torchTensors(model).map(({ name, shape, address, transposed }) => {
      const there = model.backend.floats(address, sizeOf(shape));
      const values = new Float32Array(there);
      if (transposed) transposeInto(values, there, shape[1]);
      return { name, shape, values };
    }),
  );
}
