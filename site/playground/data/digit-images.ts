/** Handwritten digits: images of 8 x 8 pixels, each from 0 (paper) to 16 (ink). */

export const DIGIT_SIDE = 8;
export const DIGIT_PIXELS = DIGIT_SIDE * DIGIT_SIDE;
export const MOST_INK = 16;

export interface DigitImages {
  readonly count: number;
  /** Image by image, row by row. */
  readonly pixels: Uint8Array;
  /** The digit that each image shows. */
  readonly labels: Uint8Array;
}

let images: DigitImages | undefined;

/** @throws Error before `loadDigitImages` has ended */
export function digitImages(): DigitImages {
  if (!images) throw new Error("digitImages: the images are not loaded; await loadDigitImages() first");
  return images;
}

/** Gets the images once. `read` is another way to the file's bytes than that of a page. */
export async function loadDigitImages(read?: () => Promise<Uint8Array>): Promise<void> {
  if (images) return;
  const { readDigitImages } = await import("./digit-file.js");
  images = await readDigitImages(read);
}
