/**
 * The slopes of a prelu layer for a sample in one row, as formats that know no shape beyond that need them: one
 * for all, or one for each element. `shape` is that of a sample, `sharedAxes` what the model file says.
 */
export function slopesInRow(
  alpha: ArrayLike<number>,
  shape: readonly number[],
  sharedAxes: unknown,
): Float32Array {
  const axes = Array.isArray(sharedAxes) ? sharedAxes : [];
  if (alpha.length === 1) return Float32Array.from(alpha);
  const size = shape.reduce((product, length) => product * length, 1);
  return Float32Array.from({ length: size }, (_, at) => {
    let [index, stride, rest] = [0, 1, at];
    for (let i = shape.length - 1; i >= 0; i--) {
      if (!axes.includes(i + 1)) {
        index += (rest % shape[i]) * stride;
        stride *= shape[i];
      }
      rest = Math.floor(rest / shape[i]);
    }
    return alpha[index];
  });
}
