import { STEPS } from "./palette.js";

/** Values as a picture of side x side pixels, the first row at the top. Values times `scale` are from -1 to 1. */
export function drawMap(
  canvas: HTMLCanvasElement,
  values: ArrayLike<number>,
  side: number,
  colors: Uint32Array,
  scale: number,
): void {
  if (canvas.width !== side) [canvas.width, canvas.height] = [side, side];
  const context = canvas.getContext("2d");
  if (!context) return;
  const image = context.createImageData(side, side);
  const pixels = new Uint32Array(image.data.buffer);
  const half = (STEPS - 1) / 2;
  for (let i = 0; i < pixels.length; i++) {
    const step = Math.round(values[i] * scale * half + half);
    pixels[i] = colors[Math.max(0, Math.min(STEPS - 1, step))];
  }
  context.putImageData(image, 0, 0);
}

/** What scales values to -1 to 1. */
export function scaleOf(values: ArrayLike<number>): number {
  let largest = 1e-6;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]));
  return 1 / largest;
}
