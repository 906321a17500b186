import { keptMask } from "../kept-masks.js";
import type { Value } from "./writer.js";
import type { Writing } from "./writing.js";

/** Steps of padding: a value of [batch, time] that is 0 for them and 1 for others. */

/** More than any number that a sum is made of, and still finite. */
export const HIDDEN = -1e30;

/** The output of a layer with the mask of its steps. */
export function withMask({ config, inputs }: Writing, output: Value): Value {
  if (config.type === "masking" || config.type === "embedding") return output;
  const mask = keptMask(
    config,
    inputs.map((value) => value.mask),
  );
  const { mask: _, ...plain } = output;
  return mask === undefined ? plain : { ...plain, mask };
}

/** Axes that are inserted, or that a reduction is over. */
const axesOf = (writing: Writing, ...axes: number[]): string => writing.writer.integers("axes", axes);

/** [batch, time] as [batch, time, 1]. */
export const asColumn = (writing: Writing, mask: string): string =>
  writing.writer.add("Unsqueeze", [mask, axesOf(writing, 2)]);

/** What is added to a number that is not to be seen: 0 for real steps. */
export function hiding({ writer }: Writing, mask: string): string {
  const padding = writer.add("Sub", [writer.number(1), mask]);
  return writer.add("Mul", [padding, writer.number(HIDDEN)]);
}

/** The mean or the largest over the real steps; 0 for a sample without any. */
export function pooledSteps(writing: Writing, mask: string): Value {
  const { writer, config, inputs } = writing;
  const [x] = inputs;
  const name = writer.arranged(x);
  const count = writer.add("ReduceSum", [mask, axesOf(writing, 1)], { keepdims: 1n });
  const isAny = writer.add("Min", [count, writer.number(1)]);
  if (config.type.startsWith("globalMax")) {
    const hidden = writer.add("Add", [name, hiding(writing, asColumn(writing, mask))]);
    const most = writer.add("ReduceMax", [hidden], { axes: [1n], keepdims: 0n });
    return writer.value(writer.add("Mul", [most, isAny]), [x.shape[1]]);
  }
  const real = writer.add("Mul", [name, asColumn(writing, mask)]);
  const sum = writer.add("ReduceSum", [real, axesOf(writing, 1)], { keepdims: 0n });
  const divisor = writer.add("Max", [count, writer.number(1)]);
  return writer.value(writer.add("Div", [sum, divisor]), [x.shape[1]]);
}

/** The real steps of sequences first, in their order, and how many each has. */
export interface Packed {
  readonly x: string;
  readonly lengths: string;
  /** Steps of [batch, time, units] at their own places again. */
  unpacked(steps: string): string;
  /** The state after the last step of [batch, units], and the one before the first where there is none. */
  last(state: string, initial: string | undefined): string;
}

/** What stands at steps of padding: 0, or the state of the step that came before. */
export type AtPadding =
  | { readonly keeps: false }
  | { readonly keeps: true; readonly reverse: boolean; readonly initial: string | undefined };

/** The place of each step among the real ones, and what a state is multiplied by, [batch, time, 1]. */
function placesOf(writing: Writing, mask: string, at: AtPadding): { place: string; factor: string } {
  const { writer } = writing;
  const axis = writer.integer("axis", 1);
  const begun = (counts: string) => asColumn(writing, writer.add("Min", [counts, writer.number(1)]));
  if (at.keeps && at.reverse)
    return {
      place: writer.add("CumSum", [mask, axis], { exclusive: 1n }),
      factor: begun(writer.add("CumSum", [mask, axis], { reverse: 1n })),
    };
  const seen = writer.add("CumSum", [mask, axis]);
  const place = writer.add("Max", [writer.add("Sub", [seen, writer.number(1)]), writer.number(0)]);
  return { place, factor: at.keeps ? begun(seen) : asColumn(writing, mask) };
}

/** A state where a factor is 1, and another where it is 0. */
function orElse({ writer }: Writing, state: string, factor: string, other: string | undefined): string {
  const own = writer.add("Mul", [state, factor]);
  if (other === undefined) return own;
  const rest = writer.add("Sub", [writer.number(1), factor]);
  return writer.add("Add", [own, writer.add("Mul", [other, rest])]);
}

/**
 * Recurrent operators of ONNX take lengths and no masks: padding may stand anywhere in lanewise, so that the
 * real steps are moved to the front and their outputs back. What that takes of the mask stands in front.
 */
export function packed(
  writing: Writing,
  x: string,
  mask: string,
  time: number,
  at: AtPadding | undefined,
): Packed {
  const { writer } = writing;
  // Real steps have the higher numbers, and of two the earlier one.
  const order = Float32Array.from({ length: time }, (_, t) => -t);
  const places = writer.floats(`${writer.layer}.order`, [time], order);
  const first = writer.add("Mul", [mask, writer.number(2 * time)]);
  const rank = writer.add("Add", [first, places]);
  const [, indices] = writer.several("TopK", [rank, writer.integers("steps", [time])], [0, 1], { axis: 1n });
  const steps = (values: string, from: string) => writer.add("GatherND", [values, from], { batch_dims: 1n });
  const count = writer.add("ReduceSum", [mask, axesOf(writing, 1)], { keepdims: 0n });
  const back = at && placesOf(writing, mask, at);
  const from = back && asColumn(writing, writer.add("Cast", [back.place], { to: 7n }));
  return {
    x: steps(x, asColumn(writing, indices)),
    lengths: writer.add("Cast", [count], { to: 6n }),
    unpacked(values) {
      if (!at || !back || !from) return values;
      const before = at.keeps && at.initial !== undefined;
      const initial = before ? writer.add("Unsqueeze", [at.initial ?? "", axesOf(writing, 1)]) : undefined;
      return orElse(writing, steps(values, from), back.factor, initial);
    },
    last(state, initial) {
      if (initial === undefined) return state;
      const some = writer.add("ReduceMax", [mask], { axes: [1n], keepdims: 1n });
      return orElse(writing, state, some, initial);
    },
  };
}
