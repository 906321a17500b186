import type { TensorPlace } from "../nn/network.js";
import { sizeOf } from "../nn/slab.js";
import type { TrainableNetwork } from "../nn/trainable.js";
import { writeSafetensors } from "./safetensors.js";

/** A tensor of a model as a file has it. */
export interface FileTensor extends TensorPlace {
  /** What the model calls it. */
  readonly own: string;
  /** Whether it stands in the file as the transpose of what the model has. */
  readonly transposed: boolean;
}

/** The numbers that names begin with, ascending: of an nn.Sequential, the modules that have tensors. */
const modulesOf = (names: Iterable<string>): string[] =>
  [...new Set(Array.from(names, (name) => /^\d+(?=\.)/.exec(name)?.[0] ?? ""))].filter(Boolean).sort((a, b) => Number(a) - Number(b));

/**
 * The tensors of a model as the state_dict of an nn.Sequential has them: dense kernels as [units, inputs], and an activation counts as a module of its own. A
 * layer that has a name keeps it. Where there is a file, its numbered modules are taken in their order, whatever stands between them.
 */
export function torchTensors(model: TrainableNetwork, file?: Iterable<string>): FileTensor[] {
  const modules = new Map<string, string>();
  const kernels = new Set<string>();
  let count = 0;
  for (const [i, { type, name, activation }] of model.architecture.layers.entries()) {
    const own = `${name ?? i}.`;
    modules.set(own, `${name ?? count}.`);
    count++;
    if (type !== "dense") continue;
    kernels.add(`${own}weight`);
    if (activation !== "linear") count++;
  }
  const tensors = model.tensors.map(({ name: own, shape, address }) => {
    const layer = own.slice(0, own.lastIndexOf(".") + 1);
    const transposed = kernels.has(own);
    return { own, name: (modules.get(layer) ?? layer) + own.slice(layer.length), shape: transposed ? [...shape].reverse() : shape, address, transposed };
  });
  if (!file) return tensors;
  const there = modulesOf(file);
  const asThere = new Map(modulesOf(tensors.map(({ name }) => name)).map((module, i) => [module, there[i]]));
  return tensors.map((tensor) => ({ ...tensor, name: tensor.name.replace(/^\d+(?=\.)/, (module) => asThere.get(module) ?? module) }));
}

/** The transpose of a [rows, columns], both row-major. */
export function transposeInto(to: Float32Array, from: Float32Array, rows: number): void {
  const columns = from.length / rows;
  for (let i = 0; i < from.length; i++) to[(i % columns) * rows + Math.floor(i / columns)] = from[i];
}

/**
 * The weights and buffers of a model as the bytes of a safetensors file, which is a state_dict for PyTorch's nn.Sequential of the same layers: kernels as
 * [units, inputs], and "0.weight", "2.weight" where an activation stands between, since that counts there as a module of its own. So do scaling, dropout
 * and noise. A layer that has a name keeps it.
 * @throws DisposedError
 */
export function torchStateDict(model: TrainableNetwork): Uint8Array {
  return writeSafetensors(
    torchTensors(model).map(({ name, shape, address, transposed }) => {
      const there = model.backend.floats(address, sizeOf(shape));
      const values = new Float32Array(there);
      if (transposed) transposeInto(values, there, shape[1]);
      return { name, shape, values };
    }),
  );
}
