import { checkModel } from "../core/check.js";
import { sizeOf } from "../graph/value.js";
import { layerOfTensor } from "../network/tensor-layer.js";
import type { AnyNetwork } from "../network/trainable.js";
import type { TensorPlace } from "../network/weights.js";
import { channelOrders } from "./channel-order.js";
import { writeSafetensors } from "./safetensors.js";
import { isJoined, joinedTensors } from "./torch-attention.js";
import {
  addedBiases,
  checkTorch,
  filledModules,
  modulesIn,
  type TorchTensor,
  torchTensor,
} from "./torch-layers.js";

/** @internal A tensor of a model as a file has it. */
export interface FileTensor extends TensorPlace {
  /** What the model calls it. */
  readonly own: string;
  /** Without the name of the module that it is in. */
  readonly inModule?: string;
  /** Which of the model's elements each element of the file is; undefined where the order is the same. */
  readonly places: (() => Int32Array) | undefined;
  /**
   * How many floats behind the address the last of its elements ends, where it is made of several tensors.
   */
  readonly span?: number;
  /**
   * Of a tensor that is added to one that stands before it, at the same address: from which element on it
   * has to be 0. The model has none of its own.
   */
  readonly zeroFrom?: number;
}

/**
 * @internal A module of a file. A recurrent module may have several layers, each of which stands for one of
 * its own.
 */
export interface TorchModule {
  readonly name: string;
  /** What the module itself is called in the file. */
  readonly module: string;
  readonly layer: number;
}

/** @internal The module of this name. */
export const torchModule = (name: string): TorchModule => ({ name, module: name, layer: 0 });

/** A tensor of a model by the name within its layer, and the layer. */
interface OwnTensor {
  readonly tensor: TensorPlace;
  readonly own: string;
  /** In the list of all layers; -1 for a tensor that keeps its name. */
  readonly layer: number;
  readonly zeroFrom?: number;
}

/** The tensors of all layers, and those that PyTorch has beside them. */
function ownTensors({ tensors, structure }: AnyNetwork): OwnTensor[] {
  return tensors.flatMap((tensor): OwnTensor[] => {
    const layer = layerOfTensor(structure, tensor.name);
    const { config } = structure.layers[layer].layer;
    checkTorch(structure.layers[layer].name, config);
    const prefix = `${structure.layers[layer].name}.`;
    const own = tensor.name.slice(prefix.length);
    // Of attention PyTorch has other tensors: see joinedTensors.
    if (isJoined(config)) return [{ tensor, own, layer }];
    // A layer that is made of layers has names of its own.
    if (own.includes(".") && config.type !== "bidirectional") return [{ tensor, own, layer: -1 }];
    const added = addedBiases(config);
    const more = added
      .filter(({ to }) => to === own)
      .map(({ own, zeroFrom }) => ({ tensor: { ...tensor, name: prefix + own }, own, layer, zeroFrom }));
    return [{ tensor, own, layer }, ...more];
  });
}

/**
 * @internal The modules of layers that have tensors and no name of their own, in order, each with the names
 * of its tensors, as `own` has them.
 */
export function unnamedModules(model: AnyNetwork): string[][] {
  const all = ownTensors(model);
  return model.structure.layers.flatMap(({ layer: { config }, index }, at) => {
    const own = config.name || index < 0 ? [] : all.filter(({ layer }) => layer === at);
    if (own.length === 0) return [];
    if (isJoined(config)) {
      const tensors = own.map(({ tensor }) => tensor);
      return [joinedTensors(model.structure.layers[at].name, config, tensors).map(({ own }) => own)];
    }
    const module = ({ own, tensor }: OwnTensor) => torchTensor(config, own, tensor.shape).module;
    return Array.from({ length: filledModules(config) }, (_, k) =>
      own.filter((tensor) => module(tensor) === k).map(({ tensor }) => tensor.name),
    );
  });
}

/**
 * @internal The tensors of a model as the state_dict of an nn.Sequential has them: dense kernels as [units,
 * inputs], those of convolutions as [filters, channels, ...kernel], the slopes of prelu as "weight" in a row,
 * and an activation counts as a module of its own. A layer that has a name keeps it. `modules` are those that
 * the other layers with tensors take, in order.
 */
export function torchTensors(model: AnyNetwork, modules: readonly TorchModule[] = []): FileTensor[] {
  const { structure } = model;
  const orders = channelOrders(structure);
  const inputs = new Map(structure.calls.map(({ layer, inputs: [first] }) => [layer, orders[first]]));
  const all = ownTensors(model);
  const filled = new Set(all.map(({ layer }) => layer));
  const left = [...modules];
  const places = new Map<number, readonly TorchModule[]>();
  let count = 0;
  for (const [at, { layer, index }] of structure.layers.entries()) {
    if (index < 0) continue;
    const { config } = layer;
    const { name } = config;
    const several = filledModules(config) > 1;
    const own = Array.from({ length: filledModules(config) }, (_, k) => {
      if (name !== undefined) return torchModule(several ? `${name}.${k}` : name);
      return (filled.has(at) ? left.shift() : undefined) ?? torchModule(String(count + k));
    });
    places.set(at, own);
    count += modulesIn(config);
  }
  const done = new Set<number>();
  return all.flatMap(
    ({ tensor: { name: own, shape, address }, own: inLayer, layer, zeroFrom }): FileTensor[] => {
      const { layer: spec, name: called } = structure.layers[Math.max(layer, 0)];
      if (layer >= 0 && isJoined(spec.config)) {
        if (done.has(layer)) return [];
        done.add(layer);
        const tensors = all.filter((other) => other.layer === layer).map(({ tensor }) => tensor);
        const [{ module }] = places.get(layer) ?? [torchModule(called)];
        return joinedTensors(called, spec.config, tensors).map((tensor) => ({
          ...tensor,
          name: module === "" ? tensor.name : `${module}.${tensor.name}`,
          inModule: tensor.name,
        }));
      }
      const added = zeroFrom === undefined ? {} : { zeroFrom };
      const modules = places.get(layer);
      if (!modules) return [{ own, name: own, shape, address, places: undefined, ...added }];
      const tensor = torchTensor(structure.layers[layer].layer.config, inLayer, shape);
      const { module, layer: number } = modules[tensor.module];
      const name = number > 0 ? tensor.name.replace("_l0", `_l${number}`) : tensor.name;
      return [
        {
          own,
          name: module === "" ? name : `${module}.${name}`,
          shape: tensor.shape,
          address,
          places: placesOf(tensor, shape, inputs.get(layer)),
          ...added,
        },
      ];
    },
  );
}

/** Where the elements of a tensor of PyTorch are in the own one, of a layer whose input has this order. */
function placesOf(
  { turned, inputAxis }: TorchTensor,
  shape: readonly number[],
  order: readonly number[] | undefined,
): (() => Int32Array) | undefined {
  const ordered = inputAxis !== undefined && order?.length === (turned?.sizes ?? shape)[inputAxis];
  if (!turned && !ordered) return undefined;
  const { sizes, axes } = turned ?? { sizes: shape, axes: [...shape.keys()] };
  return () => {
    let found = Int32Array.of(0);
    for (const axis of axes) {
      const size = sizes[axis];
      const stride = sizeOf(sizes.slice(axis + 1));
      const next = new Int32Array(found.length * size);
      for (let i = 0; i < next.length; i++) {
        const along = i % size;
        const at = ordered && axis === inputAxis ? (order as readonly number[])[along] : along;
        next[i] = found[Math.floor(i / size)] + at * stride;
      }
      found = next;
    }
    return found;
  };
}

/**
 * The weights and buffers of a model as the bytes of a safetensors file, which is a state_dict for PyTorch's
 * nn.Sequential of the same layers: kernels as [units, inputs] and [filters, channels, height, width], the
 * statistics of batchNormalization as running_mean and running_var, the slopes of prelu as the weight of a
 * PReLU that has as many parameters, recurrent layers as nn.RNN, nn.LSTM and nn.GRU of one layer, which have
 * zeros for the bias that a layer lacks, attention as nn.MultiheadAttention, and blocks of transformers as
 * nn.TransformerEncoderLayer and nn.TransformerDecoderLayer. The weights behind a flattened image are in the
 * order in which PyTorch flattens it, channels first. Names are "0.weight", "2.weight" where an activation
 * stands between, since that counts there as a module of its own; so do layers without weights. A layer that
 * has a name keeps it.
 *
 * @example
 * const layers = [dense(8, { activation: "relu" }), dense(1)];
 * const model = new Sequential(backend, { inputShape: 4, layers });
 * await writeFile("torch.safetensors", torchStateDict(model));
 * // In Python: torch_model.load_state_dict(safetensors.torch.load_file("torch.safetensors"))
 *
 * @throws ValueError for a layer with options that PyTorch does not have, such as rotary positions;
 * DisposedError
 */
export function torchStateDict(model: AnyNetwork): Uint8Array<ArrayBuffer> {
  checkModel("torchStateDict", model);
  return writeSafetensors(
    torchTensors(model).map(({ name, shape, address, places, zeroFrom, span = sizeOf(shape) }) => {
      if (zeroFrom !== undefined) return { name, shape, values: new Float32Array(sizeOf(shape)) };
      const there = model.backend.floats(address, span);
      const values = places ? Float32Array.from(places(), (at) => there[at]) : new Float32Array(there);
      return { name, shape, values };
    }),
  );
}
