/** A cell of the picture of a hash: where it is, how large, in which of the colours. */
export interface Cell {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly round: boolean;
  readonly color: number;
}

/** Sixteen cells of four hexadecimal digits each: different hashes look different at a glance. */
export function patternOf(hash: string): readonly Cell[] {
  return Array.from({ length: 16 }, (_, i) => {
    const [size, shape, color] = [0, 1, 2].map((digit) => Number.parseInt(hash[4 * i + digit] ?? "0", 16));
    return {
      x: i % 4,
      y: Math.floor(i / 4),
      radius: 0.16 + size / 52,
      round: shape % 2 === 0,
      color: color % 4,
    };
  });
}
