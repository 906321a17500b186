/** The smallest deviation whose reciprocal safely fits in float32. */
const LEAST_SPREAD = 1e-37;

/** The shift and the divisor of a column. */
export interface Scale {
  readonly mean: number[];
  readonly deviation: number[];
}

/**
 * Mean and deviation of each column over some rows, in float64. A column that does not vary there has
 * deviation 1: it becomes 0, and no division is by 0. So has a column whose deviation or its reciprocal
 * float32 does not hold, for the model has both.
 */
export function scaleOf(values: ArrayLike<number>, cols: number, rows: ArrayLike<number>): Scale {
  const columns = Array.from({ length: cols }, (_, col) => columnScale(values, cols, col, rows));
  return { mean: columns.map(({ mean }) => mean), deviation: columns.map(({ deviation }) => deviation) };
}

function columnScale(
  values: ArrayLike<number>,
  cols: number,
  col: number,
  rows: ArrayLike<number>,
): { mean: number; deviation: number } {
  // Sums of differences from the first value lose no digit to what all values have in common.
  const first = values[rows[0] * cols + col];
  let sum = 0;
  for (let i = 0; i < rows.length; i++) sum += values[rows[i] * cols + col] - first;
  const mean = first + sum / rows.length;
  let squares = 0;
  for (let i = 0; i < rows.length; i++) squares += (values[rows[i] * cols + col] - mean) ** 2;
  const deviation = Math.sqrt(squares / rows.length);
  const usable = Math.fround(deviation) > 0 && Math.fround(1 / deviation) > 0;
  return { mean, deviation: usable && Number.isFinite(Math.fround(1 / deviation)) ? deviation : 1 };
}

/**
 * The columns that vary by so little that float32 has no number for it, as those of 1e-50 do: scaling would
 * make them constant.
 */
export function tooNarrow(values: ArrayLike<number>, cols: number): number[] {
  const { mean, deviation } = scaleOf(
    values,
    cols,
    Array.from({ length: values.length / cols }, (_, i) => i),
  );
  return mean.flatMap((_, col) => {
    if (deviation[col] !== 1) return [];
    let most = 0;
    for (let i = col; i < values.length; i += cols) most = Math.max(most, Math.abs(values[i] - values[col]));
    return most > 0 && most < LEAST_SPREAD ? [col] : [];
  });
}

/** The same division for every column. */
export function constantScale(cols: number, deviation: number): Scale {
  return { mean: new Array<number>(cols).fill(0), deviation: new Array<number>(cols).fill(deviation) };
}

/** Rows that are looked at to find out what scaling leaves of a column. */
const LOOKED_AT = 10_000;

/**
 * The columns of which fewer than half the different values are different after scaling, when they are
 * float32: a few values far away make all others alike.
 */
export function blurredColumns(
  values: ArrayLike<number>,
  { mean, deviation }: Scale,
): { column: number; before: number; after: number }[] {
  const cols = mean.length;
  const rows = Math.min(values.length / cols, LOOKED_AT);
  return mean.flatMap((_, column) => {
    const seen = Float64Array.from({ length: rows }, (_, row) => values[row * cols + column]);
    const before = new Set(seen).size;
    const after = new Set(Float32Array.from(seen, (value) => (value - mean[column]) / deviation[column]))
      .size;
    return after < before / 2 ? [{ column, before, after }] : [];
  });
}
