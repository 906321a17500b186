/** Height, width and channels of an image. */
export type ImageShape = readonly [height: number, width: number, channels: number];

/** What comes in from outside of an image: the nearest pixel, or a number. */
export type AugmentFill = "edge" | number;

/** Where a pixel at (x, y) comes from: (x, y) -> (xx x + xy y + x0, yx x + yy y + y0). */
export interface Affine {
  readonly xx: number;
  readonly xy: number;
  readonly x0: number;
  readonly yx: number;
  readonly yy: number;
  readonly y0: number;
}

const within = (value: number, last: number): number => (value < 0 ? 0 : value > last ? last : value);

/** Writes an image moved by whole pixels, and mirrored: `to` takes each from where `map` says. */
export function moved(
  from: Float32Array,
  to: Float32Array,
  [height, width, channels]: ImageShape,
  { xx, x0, yy, y0 }: Affine,
  fill: AugmentFill,
): void {
  let at = 0;
  for (let y = 0; y < height; y++) {
    const row = yy * y + y0;
    const nearRow = within(row, height - 1);
    for (let x = 0; x < width; x++) {
      const column = xx * x + x0;
      const nearColumn = within(column, width - 1);
      let index = (nearRow * width + nearColumn) * channels;
      if (fill === "edge" || (row === nearRow && column === nearColumn))
        for (let c = 0; c < channels; c++) to[at++] = from[index++];
      else for (let c = 0; c < channels; c++) to[at++] = fill;
    }
  }
}

/**
 * Writes an image as a map of its plane shows it: `to` takes each pixel from where `map` says, by linear
 * interpolation between the four pixels about that place. float64 throughout, so that every engine gives the
 * same bits.
 */
export function warped(
  from: Float32Array,
  to: Float32Array,
  shape: ImageShape,
  { xx, xy, x0, yx, yy, y0 }: Affine,
  fill: AugmentFill,
): void {
  const [height, width, channels] = shape;
  const [lastX, lastY] = [width - 1, height - 1];
  let at = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++, at += channels) {
      const placeX = xx * x + (xy * y + x0);
      const placeY = yx * x + (yy * y + y0);
      const nearX = within(placeX, lastX);
      const nearY = within(placeY, lastY);
      if (fill !== "edge" && (nearX !== placeX || nearY !== placeY)) {
        beyond(from, to, shape, at, placeX, placeY, fill);
        continue;
      }
      const left = Math.floor(nearX);
      const top = Math.floor(nearY);
      const right = nearX - left;
      const down = nearY - top;
      // At the last row and column, what is beyond has the weight 0.
      const nextX = left < lastX ? channels : 0;
      const nextY = top < lastY ? width * channels : 0;
      const index = (top * width + left) * channels;
      for (let c = 0; c < channels; c++) {
        const i = index + c;
        const above = from[i] + (from[i + nextX] - from[i]) * right;
        const below = from[i + nextY] + (from[i + nextY + nextX] - from[i + nextY]) * right;
        to[at + c] = above + (below - above) * down;
      }
    }
}

/** A pixel from a place that is outside of the image, or between its edge and the outside. */
function beyond(
  from: Float32Array,
  to: Float32Array,
  [height, width, channels]: ImageShape,
  at: number,
  placeX: number,
  placeY: number,
  fill: number,
): void {
  const left = Math.floor(placeX);
  const top = Math.floor(placeY);
  const pixel = (row: number, column: number, c: number) =>
    row < 0 || row >= height || column < 0 || column >= width
      ? fill
      : from[(row * width + column) * channels + c];
  for (let c = 0; c < channels; c++) {
    const [a, b] = [pixel(top, left, c), pixel(top, left + 1, c)];
    const [d, e] = [pixel(top + 1, left, c), pixel(top + 1, left + 1, c)];
    const above = a + (b - a) * (placeX - left);
    const below = d + (e - d) * (placeX - left);
    to[at + c] = above + (below - above) * (placeY - top);
  }
}
