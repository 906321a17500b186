/** IDX bytes, of the type of unsigned bytes. */
export const idx = (sizes: readonly number[], data: ArrayLike<number>): Uint8Array =>
  Uint8Array.from([
    0,
    0,
    8,
    sizes.length,
    ...sizes.flatMap((size) => [0, 0, size >> 8, size & 255]),
    ...Array.from(data),
  ]);

/** Noisy square images. The class of an image is its bright row. */
export function images(count: number, side: number, classes: number): { pixels: number[]; labels: number[] } {
  let state = 7;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  };
  const labels = Array.from({ length: count }, () => random() % classes);
  const pixels = labels.flatMap((label) =>
    Array.from(
      { length: side * side },
      (_, at) => (Math.floor(at / side) === label ? 120 : 0) + (random() >> 1),
    ),
  );
  return { pixels, labels };
}
