import { conv2d, dense, dropout, flatten, type Layer, maxPool2d, type Regularizer } from "lanewise";
import { type Recipe, type Stage, stagesOf } from "./recipe.js";

/** A layer of the model. Those of a stage give the outputs that people look at. */
export interface NetworkLayer {
  readonly layer: Layer;
  readonly isStage: boolean;
}

/** The types of the layers below, as files have them. */
export const layerTypes = ["conv2d", "maxPool2d", "flatten", "dense", "dropout"] as const;

/** The layers of a recipe's network. */
export function layersOf(recipe: Recipe, kernelRegularizer: Regularizer): readonly NetworkLayer[] {
  return stagesOf(recipe).flatMap((stage, i, { length }) => {
    const before = stage.kind === "dense" && stage.from.side > 1 ? [flatten()] : [];
    const isHidden = stage.kind === "dense" && i < length - 1;
    const behind = isHidden && recipe.dropout > 0 ? [dropout(recipe.dropout)] : [];
    return [
      ...before.map((layer) => ({ layer, isStage: false })),
      { layer: layerOf(stage, kernelRegularizer), isStage: true },
      ...behind.map((layer) => ({ layer, isStage: false })),
    ];
  });
}

function layerOf({ kind, units, activation, window }: Stage, kernelRegularizer: Regularizer): Layer {
  if (kind === "pool") return maxPool2d({ poolSize: window });
  if (kind === "dense") return dense(units, { activation, kernelRegularizer });
  return conv2d(units, window, { padding: "same", activation, kernelRegularizer });
}

/** The shape of a sample. */
export function inputShapeOf(recipe: Recipe): number | readonly number[] {
  const [{ from }] = stagesOf(recipe);
  return from.side > 1 ? [from.side, from.side, from.units] : from.units;
}
