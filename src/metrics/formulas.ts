/** The formulas of metrics, of what was counted: `metrics` and the scores of tables have them from here. */

/** part / whole, and 0 where there is no whole. */
export const ratio = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);

/** Of what is said to be of a class, the part that is. */
export const precisionOf = (hits: number, said: number): number => ratio(hits, said);

/** Of what is of a class, the part that is said to be. */
export const recallOf = (hits: number, truth: number): number => ratio(hits, truth);

/** The harmonic mean of precision and recall. */
export const f1Of = (hits: number, said: number, truth: number): number => ratio(2 * hits, said + truth);

/**
 * The coefficient of determination, of the sum of squared errors and of squared distances from the mean.
 * Where the targets are all equal 1 if the predictions are too, else 0.
 */
export const r2Of = (squares: number, spread: number): number =>
  spread > 0 ? 1 - squares / spread : Number(squares === 0);

/**
 * The area under the receiver operating characteristic: the chance that a yes has a larger score than a no,
 * equal ones counting half (Hanley and McNeil 1982). truths: 1 for yes, 0 for no. NaN without one of each.
 */
export function areaUnderRoc(
  scores: ArrayLike<number>,
  truths: ArrayLike<number>,
  weights?: ArrayLike<number>,
): number {
  const order = Uint32Array.from(scores, (_, i) => i).sort((a, b) => scores[a] - scores[b]);
  // Of no and of yes the weight below the score, and at it.
  const below = [0, 0];
  const at = [0, 0];
  let inOrder = 0;
  for (let k = 0; k < order.length; k++) {
    const i = order[k];
    if (Number.isNaN(scores[i])) return Number.NaN;
    at[truths[i]] += weights ? weights[i] : 1;
    if (k + 1 < order.length && scores[order[k + 1]] === scores[i]) continue;
    inOrder += at[1] * (below[0] + at[0] / 2);
    for (const side of [0, 1]) {
      below[side] += at[side];
      at[side] = 0;
    }
  }
  return inOrder / (below[0] * below[1]);
}
