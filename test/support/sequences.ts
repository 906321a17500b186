type Floats = Float64Array | Float32Array;

const isIndex = (value: number, count: number): boolean =>
  Number.isInteger(value) && value >= 0 && value < count;

/** The position of the first of x[n] that is no index, -1 where all are. */
function firstNonIndex(x: Floats, n: number, count: number): number {
  for (let i = 0; i < n; i++) if (!isIndex(x[i], count)) return i;
  return -1;
}

function realSteps(x: Floats, mask: Floats, rows: number, cols: number, value: number): void {
  for (let i = 0; i < rows; i++)
    mask[i] = Number([...x.subarray(i * cols, (i + 1) * cols)].some((element) => element !== value));
}

function embed(x: Floats, w: Floats, y: Floats, rows: number, cols: number, vocabulary: number): void {
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < cols; j++) y[i * cols + j] = isIndex(x[i], vocabulary) ? w[x[i] * cols + j] : 0;
}

/** Of sample i the steps that have a 1 in the mask. */
const real = (mask: Floats, i: number, steps: number): number[] =>
  Array.from({ length: steps }, (_, t) => t).filter((t) => mask[i * steps + t] === 1);

function maxSteps(x: Floats, mask: Floats, y: Floats, rows: number, steps: number, cols: number): void {
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < cols; j++) {
      const values = real(mask, i, steps).map((t) => x[(i * steps + t) * cols + j]);
      y[i * cols + j] = values.length > 0 ? Math.max(...values) : 0;
    }
}

function maxStepsBackward(
  x: Floats,
  mask: Floats,
  y: Floats,
  dy: Floats,
  dx: Floats,
  rows: number,
  steps: number,
  cols: number,
): void {
  const given = x.slice();
  dx.fill(0, 0, rows * steps * cols);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < cols; j++) {
      const at = (t: number) => (i * steps + t) * cols + j;
      const largest = y[i * cols + j];
      const first = real(mask, i, steps).find(
        (t) => given[at(t)] === largest || (Number.isNaN(given[at(t)]) && Number.isNaN(largest)),
      );
      if (first !== undefined) dx[at(first)] = dy[i * cols + j];
    }
}

/** Sums of terms, and each operation, as `sumOf` and `round` have them. */
function kernelsWith(round: (x: number) => number, sumOf: (terms: readonly number[]) => number) {
  const share = (n: number): number => (n > 0 ? round(1 / n) : 0);

  /** The k-th real step is term k. */
  function averageSteps(
    x: Floats,
    mask: Floats,
    y: Floats,
    _w: Floats,
    rows: number,
    steps: number,
    cols: number,
  ): void {
    for (let i = 0; i < rows; i++) {
      const those = real(mask, i, steps);
      for (let j = 0; j < cols; j++)
        y[i * cols + j] = sumOf(those.map((t) => x[(i * steps + t) * cols + j])) * share(those.length);
    }
  }

  function averageStepsBackward(
    mask: Floats,
    dy: Floats,
    dx: Floats,
    rows: number,
    steps: number,
    cols: number,
  ): void {
    dx.fill(0, 0, rows * steps * cols);
    for (let i = 0; i < rows; i++) {
      const those = real(mask, i, steps);
      for (const t of those)
        for (let j = 0; j < cols; j++)
          dx[(i * steps + t) * cols + j] = dy[i * cols + j] * share(those.length);
    }
  }

  /** Position after position. */
  function embeddingGradient(
    x: Floats,
    dy: Floats,
    dw: Floats,
    rows: number,
    cols: number,
    vocabulary: number,
    padding: number,
    accumulate: number,
  ): void {
    if (!accumulate) dw.fill(0, 0, vocabulary * cols);
    for (let i = 0; i < rows; i++)
      if (isIndex(x[i], vocabulary) && x[i] !== padding)
        for (let j = 0; j < cols; j++) dw[x[i] * cols + j] += dy[i * cols + j];
  }

  const maskOf = (x: Floats, n: number, vocabulary: number, padding: number): Floats =>
    Float64Array.from({ length: n }, (_, i) => Number(isIndex(x[i], vocabulary) && x[i] !== padding));

  /** averageSteps of embed. */
  function embedMean(
    x: Floats,
    w: Floats,
    y: Floats,
    list: Floats,
    rows: number,
    steps: number,
    cols: number,
    vocabulary: number,
    padding: number,
  ): number {
    const all = new Float64Array(rows * steps * cols);
    embed(x, w, all, rows * steps, cols, vocabulary);
    averageSteps(all, maskOf(x, rows * steps, vocabulary, padding), y, list, rows, steps, cols);
    return firstNonIndex(x, rows * steps, vocabulary);
  }

  function embeddingMeanGradient(
    x: Floats,
    dy: Floats,
    dw: Floats,
    _g: Floats,
    rows: number,
    steps: number,
    cols: number,
    vocabulary: number,
    padding: number,
    accumulate: number,
  ): void {
    const Values = dw.constructor as typeof Float64Array;
    const all = new Values(rows * steps * cols);
    averageStepsBackward(maskOf(x, rows * steps, vocabulary, padding), dy, all, rows, steps, cols);
    embeddingGradient(x, all, dw, rows * steps, cols, vocabulary, padding, accumulate);
  }

  return { averageSteps, averageStepsBackward, embeddingGradient, embedMean, embeddingMeanGradient };
}

/** By their definitions, in float64. */
export const sequences = {
  firstNonIndex,
  realSteps,
  embed,
  maxSteps,
  maxStepsBackward,
  ...kernelsWith(
    (x) => x,
    (terms) => terms.reduce((sum, term) => sum + term, 0),
  ),
};

/** With every operation rounded as the builds round it, and sums in the order of `sumOf`. */
export const roundedSequences = (
  sumOf: (term: (i: number) => number, begin: number, end: number) => number,
) => kernelsWith(Math.fround, (terms) => sumOf((i) => terms[i], 0, terms.length));
