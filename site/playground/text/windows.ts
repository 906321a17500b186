/** Pieces of a text, and what comes one character further. */
export interface Windows {
  readonly rows: number;
  /** [rows, steps] */
  readonly x: Float32Array;
  /** [rows, steps] */
  readonly y: Int32Array;
}

/** An odd number: a power of two of steps is cut at each of them in turn. */
const SHIFT = 23;

/**
 * Where the text is cut in an epoch: at another place each time, so that no character stands at the same
 * place of all pieces that have it.
 */
export const offsetOf = (epoch: number, length: number, steps: number): number =>
  (epoch * SHIFT) % Math.max(1, Math.min(steps, length - steps));

/** Pieces of `steps` tokens that follow each other, from an offset on. */
export function windowsOf(tokens: ArrayLike<number>, steps: number, offset = 0): Windows {
  const rows = Math.max(0, Math.floor((tokens.length - 1 - offset) / steps));
  const x = new Float32Array(rows * steps);
  const y = new Int32Array(rows * steps);
  for (let i = 0; i < x.length; i++) {
    x[i] = tokens[offset + i];
    y[i] = tokens[offset + i + 1];
  }
  return { rows, x, y };
}
