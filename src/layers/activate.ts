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
  return x.along(emit(x.scope.graph, x.value, name, parameter), {
    range: rangeOfActivation(name),
    origin: {
      activation: name,
      parameter,
      logits: x.value,
      row: isRowwise(name) ? lastOf(x.shape) : undefined,
    },
  });
}
