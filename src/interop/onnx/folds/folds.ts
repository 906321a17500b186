import type { Fold } from "./fold.js";
import { numberFolds } from "./numbers.js";
import { partFolds } from "./parts.js";
import { productFolds } from "./products.js";
import { reductionFolds } from "./reductions.js";
import { shapeFolds } from "./shapes.js";

/**
 * Operators on constants alone, beside those that work element by element: what exporters leave where a
 * weight is transposed or a shape put together (ONNX, "Operator Schemas").
 */
export const folds: Readonly<Record<string, Fold>> = {
  ...numberFolds,
  ...shapeFolds,
  ...partFolds,
  ...reductionFolds,
  ...productFolds,
};
