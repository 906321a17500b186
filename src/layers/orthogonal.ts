/**
 * Makes the rows of a matrix [rows, cols] orthonormal, or its columns where those are fewer, by Gram and
 * Schmidt's method, twice over (Saxe, McClelland and Ganguli 2014, of a normal matrix). In float64 and one
 * order: the bits are the same everywhere.
 */
export function orthogonalize(values: Float32Array, rows: number, cols: number): void {
  const [count, length] = rows <= cols ? [rows, cols] : [cols, rows];
  const [step, stride] = rows <= cols ? [cols, 1] : [1, cols];
  const vectors = Array.from({ length: count }, (_, i) =>
    Float64Array.from({ length }, (_, j) => values[i * step + j * stride]),
  );
  vectors.forEach((vector, i) => {
    for (let pass = 0; pass < 2; pass++)
      for (let k = 0; k < i; k++) {
        const other = vectors[k];
        const along = dot(vector, other);
        for (let j = 0; j < length; j++) vector[j] -= along * other[j];
      }
    const norm = Math.sqrt(dot(vector, vector));
    for (let j = 0; j < length; j++) {
      vector[j] /= norm;
      values[i * step + j * stride] = vector[j];
    }
  });
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j] * b[j];
  return sum;
}
