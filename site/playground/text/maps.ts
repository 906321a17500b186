import type { Rgb } from "../draw/palette.js";

/** What an attention looks at, a pixel for each pair of characters: stronger where more. */
export function drawAttention(
  context: CanvasRenderingContext2D,
  shares: Float32Array,
  side: number,
  [red, green, blue]: Rgb,
): void {
  const image = context.createImageData(side, side);
  for (let i = 0; i < side; i++)
    for (let j = 0; j <= i; j++) {
      const at = 4 * (i * side + j);
      image.data[at] = red;
      image.data[at + 1] = green;
      image.data[at + 2] = blue;
      image.data[at + 3] = 255 * Math.min(1, 0.05 + 0.95 * Math.sqrt(shares[i * side + j]));
    }
  context.putImageData(image, 0, 0);
}

/** Outputs of units along a passage, a row for each unit: one colour below zero, the other above. */
export function drawUnits(
  context: CanvasRenderingContext2D,
  values: Float32Array,
  columns: number,
  negative: Rgb,
  positive: Rgb,
): void {
  const image = context.createImageData(columns, values.length / columns);
  for (const [i, value] of values.entries()) {
    const colour = value < 0 ? negative : positive;
    for (let channel = 0; channel < 3; channel++) image.data[4 * i + channel] = colour[channel];
    image.data[4 * i + 3] = 255 * Math.min(1, Math.abs(value));
  }
  context.putImageData(image, 0, 0);
}
