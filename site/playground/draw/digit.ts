import { DIGIT_SIDE, MOST_INK } from "../data/digit-images.js";
import { css, type Palette, type Rgb } from "./palette.js";

/** An image of a digit as ink on paper, `size` wide, from the upper left corner of the context. */
export function drawDigit(
  context: CanvasRenderingContext2D,
  image: ArrayLike<number>,
  size: number,
  ink: Rgb,
): void {
  const cell = size / DIGIT_SIDE;
  for (let i = 0; i < image.length; i++) {
    if (image[i] === 0) continue;
    context.fillStyle = css(ink, image[i] / MOST_INK);
    // Half a pixel more, so that no seam shows between cells.
    context.fillRect((i % DIGIT_SIDE) * cell, Math.floor(i / DIGIT_SIDE) * cell, cell + 0.5, cell + 0.5);
  }
}

/** The colour of ink, which style sheets have as a text. */
export const inkOf = ({ ink }: Palette): Rgb => {
  const number = Number.parseInt(ink.slice(1), 16);
  return [(number >> 16) & 255, (number >> 8) & 255, number & 255];
};

/** The weights of a unit as a picture, in the colours of positive and negative values. */
export function drawWeights(
  context: CanvasRenderingContext2D,
  weights: ArrayLike<number>,
  size: number,
  { classes }: Palette,
): void {
  const cell = size / DIGIT_SIDE;
  let largest = 1e-6;
  for (let i = 0; i < weights.length; i++) largest = Math.max(largest, Math.abs(weights[i]));
  for (let i = 0; i < weights.length; i++) {
    context.fillStyle = css(classes[weights[i] < 0 ? 0 : 1], Math.abs(weights[i]) / largest);
    context.fillRect((i % DIGIT_SIDE) * cell, Math.floor(i / DIGIT_SIDE) * cell, cell + 0.5, cell + 0.5);
  }
}
