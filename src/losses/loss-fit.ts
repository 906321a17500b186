import { ValueError } from "../core/errors.js";
import type { OutputRange } from "../layers/output-range.js";
import type { Rows } from "../network/rows.js";

/** The kinds of outputs that losses are computed from: their text in an error, and their ranges. */
const kinds = {
  logits: {
    text: "logits, from a last layer without an activation",
    suits: ({ least, most }: OutputRange) =>
      least === Number.NEGATIVE_INFINITY && most === Number.POSITIVE_INFINITY,
  },
  margins: {
    text: "outputs that reach -1 and 1, from a last layer without an activation or with tanh",
    suits: ({ least, most }: OutputRange) => least <= -1 && most >= 1,
  },
  probabilities: {
    text: "a probability from each output, as sigmoid gives it",
    suits: ({ least, most, sumsToOne, noisy }: OutputRange) =>
      least >= 0 && most <= 1 && !sumsToOne && !noisy,
  },
  distribution: {
    text: "probabilities that sum to 1 in each row, as softmax gives them",
    suits: ({ sumsToOne }: OutputRange) => sumsToOne === true,
  },
  rates: {
    text: "outputs that are never negative, as softplus or exp gives them",
    suits: ({ least, noisy }: OutputRange) => least >= 0 && !noisy,
  },
};

/** @internal What a loss is computed from. */
export type OutputKind = keyof typeof kinds;

/** The ranges that targets may be in. */
const ranges = {
  yesOrNo: [0, 1],
  signs: [-1, 1],
  counts: [0, Number.POSITIVE_INFINITY],
} as const;

/** @internal What the targets of a loss are: those of values may be any number. */
export type TargetKind = keyof typeof ranges | "values";

/** @internal The option that turns the checks of this file off, as errors name it. */
export const ALLOW = "allowMismatch";
const MEANT = `set the loss's option ${ALLOW}: true if this is meant`;

/**
 * @internal Refuses outputs that a loss cannot learn from, or is not made for. `instead` has the loss that
 * follows an activation.
 * @throws ValueError
 */
export function checkOutputs(
  who: string,
  kind: OutputKind,
  instead: Readonly<Record<string, string>>,
  range: OutputRange,
): void {
  const { text, suits } = kinds[kind];
  if (suits(range)) return;
  const other = Object.hasOwn(instead, range.from) ? `use ${instead[range.from]} after ${range.from}, ` : "";
  throw new ValueError(
    `${who} expected ${text}, got the outputs of ${range.from}; ${other}change the last activation, or ${MEANT}`,
  );
}

/**
 * @internal Names the first of some outputs that a loss of this kind has no value for. @returns undefined
 * where all may be
 */
export function impossibleOutput(name: string, kind: OutputKind, outputs: Float32Array): string | undefined {
  if (kind === "logits" || kind === "margins") return undefined;
  const most = kind === "rates" ? Number.POSITIVE_INFINITY : 1;
  const wrong = outputs.find((value) => value < 0 || value > most);
  return wrong === undefined
    ? undefined
    : `${name} expected ${kinds[kind].text}, got ${Number(wrong.toPrecision(3))}: change the last layer`;
}

/** Rows of probabilities may be off by this: those that people type have two or three digits. */
const SUM_TOLERANCE = 0.011;
/** Values that are looked at together. */
const PIECE = 4096;

/** Walks over the rows, a piece at a time. */
function each(rows: Rows, see: (values: Float32Array, begin: number) => void): void {
  const { cols, matrix } = rows;
  if (matrix) {
    see(matrix.data, 0);
    return;
  }
  const most = Math.max(1, Math.floor(PIECE / Math.max(cols, 1)));
  const piece = new Float32Array(Math.min(most, rows.rows) * cols);
  for (let begin = 0; begin < rows.rows; begin += most) {
    const end = Math.min(begin + most, rows.rows);
    rows.copy(piece, begin, end);
    see(piece.subarray(0, (end - begin) * cols), begin);
  }
}

/**
 * @internal Refuses targets outside the range of their kind. NaN passes: fit looks for that itself.
 * @throws ValueError with the place, the value and a remedy
 */
export function checkTargetValues(who: string, kind: TargetKind, rows: Rows): void {
  if (kind === "values") return;
  const [least, most] = ranges[kind];
  const { cols } = rows;
  each(rows, (values, begin) => {
    let at = 0;
    while (at < values.length && !(values[at] < least || values[at] > most)) at++;
    if (at === values.length) return;
    const place = `${values[at]} at row ${begin + Math.floor(at / cols)}, column ${at % cols}`;
    const range = most === Number.POSITIVE_INFINITY ? `of at least ${least}` : `from ${least} to ${most}`;
    throw new ValueError(
      `${who} expected targets ${range}, got ${place}; ${remedyFor(kind, extremes(rows))}, or ${MEANT}`,
    );
  });
}

/** Targets may be beyond what outputs reach by this part of their range: noise and rounding. */
const REACH_TOLERANCE = 0.01;

/**
 * @internal Refuses targets that outputs between two bounds never come to. NaN passes, as above.
 * @throws ValueError with the place, the value and a remedy
 */
export function checkReach(who: string, { from, least, most, noisy }: OutputRange, rows: Rows): void {
  const slack = REACH_TOLERANCE * (most - least);
  if (noisy || !Number.isFinite(slack)) return;
  const { cols } = rows;
  each(rows, (values, begin) => {
    const at = values.findIndex((value) => value < least - slack || value > most + slack);
    if (at < 0) return;
    throw new ValueError(
      `${who} expected targets that ${from} can reach, from ${least} to ${most}, got ${values[at]} at row ${begin + Math.floor(at / cols)}, column ${at % cols}; scale the targets into that range, use a last layer without an activation, or ${MEANT}`,
    );
  });
}

function extremes(rows: Rows): { low: number; high: number; whole: boolean } {
  let [low, high, whole] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, true];
  each(rows, (values) => {
    for (const value of values) {
      low = Math.min(low, value);
      high = Math.max(high, value);
      whole &&= Number.isInteger(value);
    }
  });
  return { low, high, whole };
}

function remedyFor(kind: TargetKind, { low, high, whole }: ReturnType<typeof extremes>): string {
  if (kind === "counts") return "use meanSquaredError for values of either sign";
  if (whole && high - low === 1)
    return `classes ${low} and ${high} become 0 and 1 by ${low < 0 ? "adding" : "subtracting"} ${Math.abs(low)}`;
  if (kind === "yesOrNo" && low >= -1 && high <= 1) return "-1 and 1 become 0 and 1 by (target + 1) / 2";
  if (low === 0 && whole) {
    return `divide by ${high} if they are amounts, or use categoricalCrossEntropy for more than two classes`;
  }
  return "use meanSquaredError for values of any size";
}

/**
 * @internal Refuses rows of `cols` numbers that are not probabilities over classes, but for those that are
 * not `real`. NaN passes, as above.
 * @throws ValueError with the place, the value and a remedy
 */
export function checkDistributions(
  who: string,
  rows: Rows,
  cols: number,
  real: ArrayLike<number> | undefined,
): void {
  if (cols === 0) return;
  const perSample = rows.cols / cols;
  each(rows, (values, begin) => {
    for (let i = 0; i < values.length; i += cols) {
      const row = begin * perSample + i / cols;
      if (real && real[row] === 0) continue;
      let [sum, least] = [0, 0];
      for (let j = i; j < i + cols; j++) {
        sum += values[j];
        least = Math.min(least, values[j]);
      }
      if (!(least < 0) && !(Math.abs(sum - 1) > SUM_TOLERANCE)) continue;
      const got = least < 0 ? `${least}` : `a sum of ${Number(sum.toPrecision(6))}`;
      const remedy =
        least < 0
          ? "a probability is at least 0"
          : whole(values, i, cols) && sum > 1
            ? "use sigmoid with binaryCrossEntropy where a sample may be of several classes"
            : "divide each row by its sum, and weigh samples by sampleWeights";
      throw new ValueError(
        `${who} expected targets that sum to 1 in each row, got ${got} at row ${Math.floor(row / perSample)}${perSample > 1 ? `, step ${row % perSample}` : ""}; ${remedy}, or ${MEANT}`,
      );
    }
  });
}

const whole = (values: Float32Array, at: number, n: number): boolean =>
  values.subarray(at, at + n).every((value) => value === 0 || value === 1);
