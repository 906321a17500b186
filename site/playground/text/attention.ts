/** What an attention looks at, which the layer itself keeps to itself: by its equations, from its weights. */

export interface AttentionWeights {
  /** Of the normalization before it, [features]. */
  readonly gamma: Float32Array;
  readonly beta: Float32Array;
  /** Of queries, keys and values side by side: [features, 3 features], [3 features]. */
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

const EPSILON = 1e-5;

/**
 * For each head softmax(Q K' / sqrt(size)) of the first `steps` rows of x, [steps, features], where Q and K
 * are made of x with each row normalized. Row i of a head says what step i looks at: steps 0 to i, and their
 * shares add up to 1.
 */
export function attentionOf(
  x: Float32Array,
  steps: number,
  heads: number,
  { gamma, beta, weight, bias }: AttentionWeights,
): readonly Float32Array[] {
  const features = gamma.length;
  const size = features / heads;
  const columns = bias.length;
  const queries = new Float32Array(steps * features);
  const keys = new Float32Array(steps * features);
  const row = new Float64Array(features);
  for (let step = 0; step < steps; step++) {
    normalize(x.subarray(step * features, (step + 1) * features), gamma, beta, row);
    for (let to = 0; to < features; to++) {
      let [query, key] = [bias[to], bias[features + to]];
      for (let from = 0; from < features; from++) {
        query += row[from] * weight[from * columns + to];
        key += row[from] * weight[from * columns + features + to];
      }
      queries[step * features + to] = query;
      keys[step * features + to] = key;
    }
  }
  return Array.from({ length: heads }, (_, head) => {
    const shares = new Float32Array(steps * steps);
    for (let i = 0; i < steps; i++) {
      const scores = new Float64Array(i + 1);
      for (let j = 0; j <= i; j++) {
        let dot = 0;
        for (let k = head * size; k < (head + 1) * size; k++)
          dot += queries[i * features + k] * keys[j * features + k];
        scores[j] = dot / Math.sqrt(size);
      }
      shares.set(softmax(scores), i * steps);
    }
    return shares;
  });
}

function normalize(x: Float32Array, gamma: Float32Array, beta: Float32Array, into: Float64Array): void {
  let [mean, variance] = [0, 0];
  for (const value of x) mean += value / x.length;
  for (const value of x) variance += ((value - mean) * (value - mean)) / x.length;
  const scale = 1 / Math.sqrt(variance + EPSILON);
  for (let i = 0; i < x.length; i++) into[i] = (x[i] - mean) * scale * gamma[i] + beta[i];
}

/** Numbers that people look at: they decide no weights. */
export function softmax(scores: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(scores);
  const most = values.reduce((top, value) => Math.max(top, value), Number.NEGATIVE_INFINITY);
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    values[i] = Math.exp(values[i] - most);
    sum += values[i];
  }
  return values.map((value) => value / sum);
}
