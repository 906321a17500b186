import { sizeOf } from "../graph/value.js";
import type { AnyNetwork } from "../network/trainable.js";
import type { TensorPlace } from "../network/weights.js";
import { channelOrders } from "./channel-order.js";
import { writeSafetensors } from "./safetensors.js";
import { filledModules, modulesIn, type TorchTensor, torchTensor } from "./torch-layers.js";

/** @internal A tensor of a model as a file has it. */
export interface FileTensor extends TensorPlace {
  /** What the model calls it. */
  readonly own: string;
  /** Which of the model's elements each element of the file is; undefined where the order is the same. */
  readonly places: (() => Int32Array) | undefined;
}

const layerOf = (tensor: string): string => tensor.slice(0, tensor.lastIndexOf(".") + 1);
const nameIn = (tensor: string): string => tensor.slice(layerOf(tensor).length);

/**
 * @internal The modules of layers that have tensors and no name of their own, in order, each with its
 * tensors.
 */
export function unnamedModules(model: AnyNetwork): TensorPlace[][] {
  const { layerConfigs, tensors } = model;
  return layerConfigs.flatMap((config, i) => {
    const own = config.name ? [] : tensors.filter((tensor) => layerOf(tensor.name) === `${i}.`);
    if (own.length === 0) return [];
    const module = ({ name, shape }: TensorPlace) => torchTensor(config, nameIn(name), shape).module;
    return Array.from({ length: filledModules(config) }, (_, k) =>
      own.filter((tensor) => module(tensor) === k),
    );
  });
}

/**
 * @internal The tensors of a model as the state_dict of an nn.Sequential has them: dense kernels as [units,
 * inputs], those of convolutions as [filters, channels, ...kernel], the slopes of prelu as "weight" in a row,
 * and an activation counts as a module of its own. A layer that has a name keeps it. `modules` are the names
 * of those that the other layers with tensors take, in order.
 */
export function torchTensors(model: AnyNetwork, modules: readonly string[] = []): FileTensor[] {
  const { tensors, structure } = model;
  const orders = channelOrders(structure);
  const inputs = new Map(structure.calls.map(({ layer, inputs: [first] }) => [layer, orders[first]]));
  const filled = new Set(tensors.map(({ name }) => layerOf(name)));
  const left = [...modules];
  const places = new Map<string, { names: readonly string[]; layer: number }>();
  let count = 0;
  for (const [at, { layer, index }] of structure.layers.entries()) {
    if (index < 0) continue;
    const { config } = layer;
    const { name } = config;
    const own = `${name ?? index}.`;
    const several = filledModules(config) > 1;
    const names = Array.from({ length: filledModules(config) }, (_, k) => {
      if (name !== undefined) return several ? `${name}.${k}` : name;
      return (filled.has(own) ? left.shift() : undefined) ?? String(count + k);
    });
    places.set(own, { names, layer: at });
    count += modulesIn(config);
  }
  return tensors.map(({ name: own, shape, address }) => {
    const place = places.get(layerOf(own));
    if (!place) return { own, name: own, shape, address, places: undefined };
    const tensor = torchTensor(structure.layers[place.layer].layer.config, nameIn(own), shape);
    const module = place.names[tensor.module];
    return {
      own,
      name: module === "" ? tensor.name : `${module}.${tensor.name}`,
      shape: tensor.shape,
      address,
      places: placesOf(tensor, shape, inputs.get(place.layer)),
    };
  });
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
 * PReLU that has as many parameters. The weights behind a flattened image are in the order in which PyTorch
 * flattens it, channels first. Names are "0.weight", "2.weight" where an activation stands between, since
 * that counts there as a module of its own; so do layers without weights. A layer that has a name keeps it.
 *
 * @example
 * const layers = [dense(8, { activation: "relu" }), dense(1)];
 * const model = new Sequential(backend, { inputShape: 4, layers });
 * await writeFile("torch.safetensors", torchStateDict(model));
 * // In Python: torch_model.load_state_dict(safetensors.torch.load_file("torch.safetensors"))
 *
 * @throws DisposedError
 */
export function torchStateDict(model: AnyNetwork): Uint8Array<ArrayBuffer> {
  return writeSafetensors(
    torchTensors(model).map(({ name, shape, address, places }) => {
      const there = model.backend.floats(address, sizeOf(shape));
      const values = places ? Float32Array.from(places(), (at) => there[at]) : new Float32Array(there);
      return { name, shape, values };
    }),
  );
}
