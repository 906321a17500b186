import { checkCount, checkList, checkOptions, show } from "../core/check.js";
import { ShapeError, ValueError } from "../core/errors.js";

/** The options of `pad`. */
export interface PadOptions {
  /** The steps of each sequence. Default: those of the longest. */
  length?: number;
  /** What padding is filled with. Default 0. */
  value?: number;
  /** Whether sequences that are too long lose their beginning. Default: they are an error. */
  truncate?: boolean;
}

/**
 * Sequences of different lengths as one array [sequences, length], padded at the end.
 *
 * @example
 * console.log([...pad([[5, 6, 7], [8]])]); // [ 5, 6, 7, 8, 0, 0 ]
 *
 * @throws ShapeError for a sequence that is longer than `length`, ValueError for none and unknown options
 */
export function pad(
  sequences: readonly ArrayLike<number>[],
  options: PadOptions = {},
): Float32Array<ArrayBuffer> {
  checkOptions("pad", options, ["length", "value", "truncate"]);
  if (!Array.isArray(sequences) || sequences.length === 0)
    throw new ValueError(`pad expected an array of sequences, got ${show(sequences)}`);
  sequences.forEach((sequence, i) => {
    checkList("pad", `sequence ${i}`, sequence);
  });
  const { length = Math.max(...sequences.map((sequence) => sequence.length)), value = 0, truncate } = options;
  checkCount("pad", "length", length);
  const padded = new Float32Array(sequences.length * length).fill(value);
  sequences.forEach((sequence, i) => {
    const extra = sequence.length - length;
    if (extra > 0 && !truncate)
      throw new ShapeError(
        `pad expected sequences of at most ${length} steps, got ${sequence.length} in sequence ${i}; raise length, or pass { truncate: true } to drop the beginning`,
      );
    const from = Array.from<number>(sequence);
    padded.set(extra > 0 ? from.slice(extra) : from, i * length);
  });
  return padded;
}
