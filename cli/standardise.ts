/** What a column is shifted by and divided by. */
export interface Scale {
  readonly mean: number[];
  readonly deviation: number[];
}

/**
 * Mean and deviation of each column over some rows. A column that does not vary there has deviation 1: it
 * becomes 0, and no division is by 0.
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
  const first = values[rows[0] * cols + col];
  let varies = false;
  let sum = 0;
  for (let i = 0; i < rows.length; i++) {
    const value = values[rows[i] * cols + col];
    varies ||= value !== first;
    sum += value;
  }
  // The sum of equal values, divided, may be off by a rounding that a deviation of the same size would blow
  // up.
  if (!varies) return { mean: first, deviation: 1 };
  const mean = sum / rows.length;
  let squares = 0;
  for (let i = 0; i < rows.length; i++) squares += (values[rows[i] * cols + col] - mean) ** 2;
  const deviation = Math.sqrt(squares / rows.length);
  return { mean, deviation: Math.fround(deviation) > 0 ? deviation : 1 };
}

/** The same division for every column. */
export function constantScale(cols: number, deviation: number): Scale {
  return { mean: new Array<number>(cols).fill(0), deviation: new Array<number>(cols).fill(deviation) };
}
