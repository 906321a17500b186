/** Multiples of float32 numbers differ from them by this fraction, from rounding. */
const ROUNDING = 4 / 16_777_216;
/** The largest float32. */
const MOST = 3.4028234663852886e38;
/** Twice the step between the smallest float32 numbers: what is rounded to them is off by that. */
const STEP = 2.8e-45;
/** Two ways to the same gradient differ by less than this fraction where neither has lost digits. */
const AGREEMENT = 1e-5;

/** What a loss gave for outputs: its gradients by them, and by what the last activation was applied to. */
export interface PairGradients {
  readonly byOutput: Float32Array;
  readonly byLogit: Float32Array;
}

/**
 * By what numbers begin to end - 1 of `values` are a multiple of those of `base`, but for rounding; undefined
 * where they are none. Of numbers that have all overflowed it is the least such factor.
 */
function multipleOf(
  values: Float32Array,
  base: Float32Array,
  begin: number,
  end: number,
): number | undefined {
  let [largest, overflow, same] = [-1, 0, true];
  for (let i = begin; i < end; i++) {
    same &&= Object.is(values[i], base[i]);
    if (base[i] === 0) continue;
    if (Math.abs(values[i]) === Number.POSITIVE_INFINITY) {
      const least = ((values[i] < 0 ? -1 : 1) * MOST) / base[i];
      if (Math.abs(least) > Math.abs(overflow)) overflow = least;
    } else if (largest < 0 || Math.abs(base[i]) > Math.abs(base[largest])) largest = i;
  }
  if (same) return 1;
  const factor = largest >= 0 ? values[largest] / base[largest] : overflow;
  for (let i = begin; i < end; i++) {
    const expected = factor * base[i];
    const off = Math.abs(values[i] - expected);
    const isRounded = off <= ROUNDING * Math.abs(expected) + (base[i] === 0 ? 0 : STEP);
    const isBeyond =
      off === Number.POSITIVE_INFINITY &&
      values[i] * expected > 0 &&
      Math.abs(expected) >= MOST * (1 - ROUNDING);
    if (!isRounded && !isBeyond) return undefined;
  }
  return factor;
}

/**
 * Writes the gradient by the logits to `out`, from the gradient `given` by the outputs: that of the pair,
 * times what `given` is a multiple of, for all rows, a row or, where each output is of one logit (`each`), an
 * element. `back` fills `out` by the activation alone, which stays where it is no multiple.
 */
export function gradientByLogits(
  given: Float32Array,
  { byOutput, byLogit }: PairGradients,
  out: Float32Array,
  cols: number,
  each: boolean,
  back: () => void,
): void {
  const n = given.length;
  const scale = (factor: number, begin: number, end: number) => {
    for (let i = begin; i < end; i++) out[i] = factor * byLogit[i];
  };
  const factor = multipleOf(given, byOutput, 0, n);
  if (factor !== undefined) {
    scale(factor, 0, n);
    return;
  }
  back();
  for (let begin = 0; begin < n; begin += cols) {
    const ofRow = multipleOf(given, byOutput, begin, begin + cols);
    if (ofRow !== undefined) scale(ofRow, begin, begin + cols);
    else if (each)
      for (let i = begin; i < begin + cols; i++) {
        const ofElement = byOutput[i] === 0 ? undefined : multipleOf(given, byOutput, i, i + 1);
        if (ofElement === undefined) continue;
        const value = ofElement * byLogit[i];
        if (!(Math.abs(out[i] - value) <= AGREEMENT * Math.abs(value))) out[i] = value;
      }
  }
}
