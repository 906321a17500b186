import { checkCount } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import type { Host } from "../core/host.js";
import type { Layer, LayerSpec, TrainableLayer } from "./layers/layer.js";
import type { TensorSpec } from "./slab.js";

/** A place in the life of a model: what its next step draws depends on it. */
export interface Life {
  /** Epochs begun before this one. */
  readonly epoch: number;
  /** Steps taken in this epoch. */
  readonly step: number;
  /** The step to draw as instead, after a step that was named. */
  readonly named?: number | undefined;
}

/** @internal The place that a file has. @throws ValueError for what is none */
export function lifeFrom(who: string, life: Partial<Life> | undefined): Life {
  const { epoch, step, named } = life ?? {};
  checkCount(who, "life.epoch", epoch, 0);
  checkCount(who, "life.step", step, 0);
  if (named !== undefined) checkCount(who, "life.named", named, 0);
  return { epoch, step, named };
}

/** What a network is made from, checked. */
export interface Plan<Of extends Layer = TrainableLayer> {
  readonly inputShape: readonly number[];
  readonly seed: number;
  readonly specs: readonly LayerSpec<Of>[];
  /** The layers of the specs for this input. They hold no memory. */
  readonly layers: readonly Of[];
  readonly labels: readonly string[] | undefined;
  readonly metadata: Record<string, string>;
  /** How far a model that was trained and saved has come. */
  readonly life?: Life;
}

/** The layers for an input of this shape. @throws ValueError, ShapeError */
export function layersOf<Of extends Layer>(
  backend: Host,
  inputShape: readonly number[],
  specs: readonly LayerSpec<Of>[],
): Of[] {
  let shape = inputShape;
  return specs.map((spec) => {
    const layer = spec.build(backend, shape);
    shape = layer.outputShape;
    return layer;
  });
}

/** What a layer's tensors are called in the model. */
const named = <Spec extends TensorSpec>(
  { specs }: Pick<Plan<Layer>, "specs">,
  i: number,
  tensors: readonly Spec[],
): Spec[] => tensors.map((tensor) => ({ ...tensor, name: `${specs[i].name ?? i}.${tensor.name}` }));

/**
 * The tensors of a model by their names there: those that it learns, and those that it keeps. @throws
 * ValueError when two have one name
 */
export function tensorsOf(plan: Pick<Plan<Layer>, "specs" | "layers">) {
  const parameters = plan.layers.flatMap((layer, i) => named(plan, i, layer.parameters));
  const buffers = plan.layers.flatMap((layer, i) => named(plan, i, layer.buffers));
  const names = [...parameters, ...buffers].map(({ name }) => name);
  if (new Set(names).size < names.length) {
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    throw new ValueError(`network: two tensors are called ${twice}; give the layers different names`);
  }
  return { parameters, buffers };
}
