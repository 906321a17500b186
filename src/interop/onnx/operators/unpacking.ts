import type { NodeProto } from "onnx-buf";
import type { Reading } from "../reading.js";

/** Steps of padding behind recurrent operators that got the real steps first. */

/** The node that puts the steps of an output back at their places: all that is before it moves axes alone. */
export function unpackingOf(reading: Reading, output: string): NodeProto | undefined {
  let node = reading.onlyUser(output);
  while (node && ["Transpose", "Squeeze", "Reshape"].includes(node.opType))
    node = reading.onlyUser(node.output[0]);
  return node?.opType === "GatherND" ? node : undefined;
}

/**
 * Whether steps that are put back keep the state of the step before where there is padding, or are 0 there;
 * undefined for others. The places are those of the real steps up to each.
 */
export function keepsSteps(reading: Reading, node: NodeProto): boolean | undefined {
  const { masks } = reading;
  const places = masks.find(node.input[1]);
  const factor = reading.onlyUser(node.output[0]);
  if (!places || factor?.opType !== "Mul") return undefined;
  const by = masks.find(factor.input.find((name) => name !== node.output[0]));
  const last = places.origin.time.size - 1;
  const isSeen = places.kind === "seen" && places.numbers.every((at, n) => at === Math.max(n - 1, 0));
  // In reverse, it is the state of the step behind.
  const isBefore = places.kind === "before" && places.numbers.every((at, n) => at === n || n > last);
  if (!by || by.origin !== places.origin || !(isSeen || isBefore)) return undefined;
  if (isSeen && masks.isMask(by)) return false;
  return by.kind === (isSeen ? "seen" : "left") ? true : undefined;
}
