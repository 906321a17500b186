import type { NodeProto } from "onnx-buf";
import type { FormatError } from "../../../index.js";
import { nameOf, numberOf, wrong } from "../graph.js";
import type { Origin } from "../padding.js";
import { type Reading, shapeText } from "../reading.js";
import type { Constant } from "../tensor.js";

/** What stands between the product of queries and keys and that of the weights and values. */
interface Scores {
  readonly product: NodeProto;
  readonly scale: number;
  readonly causal: boolean;
  /** Which keys are padding. */
  readonly mask: Origin | undefined;
}

/**
 * The product of queries and keys that probabilities are made of, and what is done to it. @throws FormatError
 */
export function scoresBehind(
  reading: Reading,
  scores: ReadonlyMap<string, NodeProto>,
  name: string,
  reason: FormatError,
): Scores {
  /** The scores that a node takes. */
  const scoresOf = ({ input }: NodeProto): string => input.find((one) => scores.has(one)) ?? "";
  let node = scores.get(name);
  let [scale, causal] = [1, false];
  let mask: Origin | undefined;
  const isHiddenBy = (of: NodeProto, origin: Origin | undefined) => {
    if (!origin || (mask && mask !== origin)) throw otherScores(of);
    mask = origin;
  };
  for (; node && node.opType !== "Softmax"; node = scores.get(scoresOf(node))) {
    const seen = reading.masks.find(node.input.find((one) => one !== scoresOf(node as NodeProto)));
    if (node.opType === "Mul" && seen && reading.masks.isOfKeys(seen))
      isHiddenBy(node, [seen, reading.masks.turned(seen)].find((one) => reading.masks.isMask(one))?.origin);
    else if (node.opType !== "Dropout") throw reason;
  }
  if (!node) throw reason;
  const axis = numberOf(node, "axis", -1);
  if (axis !== -1 && axis < 2) throw reason;
  for (node = scores.get(node.input[0]); node && node.opType !== "MatMul"; ) {
    const { opType, input } = node;
    const at = input.findIndex((one) => scores.has(one));
    const constants = input.map((one) => reading.constants.get(one));
    const other = constants[1 - at];
    const known = reading.masks.find(input[opType === "Where" ? 0 : 1 - at]);
    const hides = opType === "Where" && known ? reading.masks.chosen(node, known)?.known : known;
    if (hides && (opType === "Add" || opType === "Where")) {
      if (!reading.masks.isOfKeys(hides)) throw otherScores(node);
      isHiddenBy(node, reading.masks.hiddenBy(hides));
      causal = (hides.base !== undefined && isCausal(node, hides.base)) || causal;
    } else if ((opType === "Mul" || (opType === "Div" && at === 0)) && other?.values.length === 1)
      scale *= opType === "Mul" ? other.values[0] : 1 / other.values[0];
    else if (opType === "Add" && other) causal = isCausal(node, other) || causal;
    else if (opType === "Where" && at > 0 && constants[0] && constants[3 - at]) {
      const hidden = (constants[3 - at] as Constant).values[0];
      const shown = at === 1 ? 1 : 0;
      const values = Array.from(constants[0].values, (value) =>
        (value !== 0 ? 1 : 0) === shown ? 0 : hidden,
      );
      causal = isCausal(node, { ...constants[0], values }) || causal;
    } else throw otherScores(node);
    node = scores.get(input[at]);
  }
  if (!node) throw reason;
  return { product: node, scale, causal, mask };
}

const otherScores = (node: NodeProto): FormatError =>
  wrong(
    nameOf(node),
    "unsupported: attention with scores that are changed by more than a number, a mask of the causal " +
      "kind and one of padding, [batch, 1, 1, keys]; lanewise has no other: export the model without it",
  );

/**
 * Whether a constant hides from each query the keys behind it; false where it hides none. @throws FormatError
 * for another mask
 */
function isCausal(node: NodeProto, { dims, values }: Constant): boolean {
  const [queries, keys] = [dims[dims.length - 2] ?? 1, dims[dims.length - 1] ?? 1];
  const all = Array.from(values);
  if (all.every((value) => value === 0)) return false;
  const fits = all.every((value, at) => {
    const [query, key] = [Math.floor(at / keys) % queries, at % keys];
    return key > query ? value <= -1e4 : value === 0;
  });
  if (fits && queries * keys > 1) return true;
  throw wrong(
    nameOf(node),
    `unsupported: a mask of shape ${shapeText(dims)} that hides other keys than those behind each ` +
      "query; lanewise has the causal mask, and padding by an embedding's paddingIndex",
  );
}
