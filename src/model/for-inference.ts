import { type Layer, SymbolicTensor } from "../layers/layer.js";
import type { Tensor } from "../layers/tensor.js";
import type { Structure, StructureCall } from "../network/structure.js";

/** A tensor of a model, and where it stands. */
type Values = ReadonlyMap<string, Float32Array>;

/** A batch normalization that goes into the weights of the layer before it. */
interface Fold {
  /** What the tensors of both layers are called by. */
  readonly kernel: string;
  readonly norm: string;
  readonly epsilon: number;
  /** The layer before, with a bias. */
  readonly layer: Layer;
}

/** The layers of a model whose batch normalizations went into the layers before them. */
export interface Folded {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** In order, without inputs: the layers of a list. */
  readonly layers: readonly Layer[];
  /** The values of the tensors of a new layer by their names in it, from those of the model. */
  values(layer: Layer, before: Values): Values;
}

/** Finds what can be folded, and applies the layers again. */
export function folded(structure: Structure): Folded {
  const folds = foldsOf(structure);
  const skipped = new Set([...folds.values()].map(({ norm }) => norm));
  const tensors: Tensor[] = structure.inputs.map(
    ({ name, shape }) => new SymbolicTensor(shape, undefined, name),
  );
  const layers: Layer[] = [];
  const names = new Map<Layer, string>();
  for (const { layer: place, inputs, output } of structure.calls) {
    const { layer, name } = structure.layers[place];
    if (skipped.has(name)) {
      tensors[output] = tensors[inputs[0]];
      continue;
    }
    const used = folds.get(name)?.layer ?? layer;
    tensors[output] = used.apply(inputs.map((input) => tensors[input]));
    names.set(used, name);
    layers.push(used);
  }
  return {
    inputs: structure.inputs.map((_, i) => tensors[i]),
    outputs: structure.outputTensors.map((tensor) => tensors[tensor]),
    layers,
    values(layer, before) {
      const name = names.get(layer) as string;
      const fold = folds.get(name);
      return fold ? foldedValues(fold, before) : ownValues(name, before);
    },
  };
}

/** By the names of the layers before. */
function foldsOf({ layers, calls, outputTensors }: Structure): Map<string, Fold> {
  const uses = (tensor: number): number =>
    calls.flatMap(({ inputs }) => inputs).filter((input) => input === tensor).length +
    outputTensors.filter((output) => output === tensor).length;
  const isUsedOnce = ({ layer }: StructureCall): boolean =>
    calls.filter((call) => call.layer === layer).length === 1;
  const folds = new Map<string, Fold>();
  for (const call of calls) {
    const norm = layers[call.layer];
    const { type, epsilon = 1e-3 } = norm.layer.config;
    const before = calls.find(({ output }) => output === call.inputs[0]);
    if (type !== "batchNormalization" || !before || uses(before.output) > 1) continue;
    if (!isUsedOnce(before) || !isUsedOnce(call)) continue;
    const { layer, name } = layers[before.layer];
    const biased = layer.withBias();
    if (biased && layer.config.activation === "linear")
      folds.set(name, { kernel: name, norm: norm.name, epsilon: epsilon as number, layer: biased });
  }
  return folds;
}

/** The tensors of a layer under their names in it. */
function ownValues(name: string, before: Values): Values {
  const prefix = `${name}.`;
  return new Map(
    [...before]
      .filter(([tensor]) => tensor.startsWith(prefix))
      .map(([tensor, values]) => [tensor.slice(prefix.length), values]),
  );
}

/**
 * w' = w s and b' = (b - mean) s + beta with s = gamma / sqrt(variance + epsilon), filter by filter: the last
 * axis of w.
 */
function foldedValues({ kernel, norm, epsilon }: Fold, before: Values): Values {
  const values = new Map(ownValues(kernel, before));
  const { movingMean, movingVariance, gamma, beta } = Object.fromEntries(ownValues(norm, before));
  const filters = movingMean.length;
  const scale = Float64Array.from(
    movingVariance,
    (variance, f) => (gamma?.[f] ?? 1) / Math.sqrt(variance + epsilon),
  );
  const weight = values.get("weight") as Float32Array;
  const bias = values.get("bias");
  values.set(
    "weight",
    weight.map((w, i) => w * scale[i % filters]),
  );
  values.set(
    "bias",
    movingMean.map((mean, f) => ((bias?.[f] ?? 0) - mean) * scale[f] + (beta?.[f] ?? 0)),
  );
  return values;
}
