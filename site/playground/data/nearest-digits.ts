import { DIGIT_PIXELS, digitImages } from "./digit-images.js";

/** The images that are most like another one, the likest first: by the squares of their differences. */
export function nearestImages(image: Uint8Array, count: number): readonly number[] {
  const { pixels, count: all } = digitImages();
  const distances = new Float64Array(all);
  for (let i = 0; i < all; i++)
    for (let p = 0; p < DIGIT_PIXELS; p++) {
      const difference = pixels[i * DIGIT_PIXELS + p] - image[p];
      distances[i] += difference * difference;
    }
  return Array.from({ length: all }, (_, i) => i)
    .sort((a, b) => distances[a] - distances[b] || a - b)
    .slice(0, count);
}
