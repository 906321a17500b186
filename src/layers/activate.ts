import { lastOf } from "../graph/value.js";
import { activate as emit } from "../ops/activation.js";
import {
  type ActivationName,
  type ActivationOptions,
  isRowwise,
  parameterOf,
} from "../ops/activation-kinds.js";
import { rangeOfActivation } from "./output-range.js";
import type { TracedTensor } from "./scope.js";

/** y = f(x). y remembers the activation and x, so that a loss can start from x. "linear" returns x. */
export function activated(x: TracedTensor, name: ActivationName, options?: ActivationOptions): TracedTensor {
  if (name === "linear") return x;
  const parameter = parameterOf(name, options);
  const range = rangeOfActivation(name);
  // Losses take a sample as one row: a softmax of several in it is none that they are made for.
  const isApart = isRowwise(name) && x.value.size !== lastOf(x.shape);
  return x.along(emit(x.scope.graph, x.value, name, parameter), {
    range: isApart ? { ...range, from: `${name} of several rows a sample`, sumsToOne: false } : range,
    origin: isApart ? undefined : { activation: name, parameter, logits: x.value },
  });
}
