import { DIGIT_PIXELS, DIGIT_SIDE, MOST_INK } from "./digit-images.js";

/** Turns strokes of a pen into an image as the data set did: 32 x 32 dots, 4 x 4 to a pixel. */

export interface Place {
  readonly x: number;
  readonly y: number;
}

export type Stroke = readonly Place[];

const DOTS = 32;
const BLOCK = DOTS / DIGIT_SIDE;
/** Half the width of the pen, in dots. */
const PEN = 2.3;
/** A dot, or a short dash, is not blown up to the size of a digit by more than this. */
const LARGEST_SCALE = 6;

/**
 * The image of strokes whose places are from 0 to 1, y downwards: in the middle, as large as it fits. All 0
 * where there are none.
 */
export function imageOfStrokes(strokes: readonly Stroke[]): Uint8Array {
  const image = new Uint8Array(DIGIT_PIXELS);
  const places = strokes.flat();
  if (places.length === 0) return image;
  const [left, right] = boundsOf(places.map(({ x }) => x));
  const [top, bottom] = boundsOf(places.map(({ y }) => y));
  const room = DOTS - 2 * PEN;
  const scale = Math.min(room / Math.max(right - left, bottom - top, 1e-6), LARGEST_SCALE * DOTS);
  const dots = strokes.map((stroke) =>
    stroke.map(({ x, y }) => ({
      x: DOTS / 2 + (x - (left + right) / 2) * scale,
      y: DOTS / 2 + (y - (top + bottom) / 2) * scale,
    })),
  );
  for (let row = 0; row < DOTS; row++)
    for (let column = 0; column < DOTS; column++)
      if (dots.some((stroke) => isNear(stroke, { x: column + 0.5, y: row + 0.5 })))
        image[Math.floor(row / BLOCK) * DIGIT_SIDE + Math.floor(column / BLOCK)]++;
  return image.map((ink) => Math.min(MOST_INK, ink));
}

function boundsOf(values: readonly number[]): [number, number] {
  let [least, most] = [values[0], values[0]];
  for (const value of values) [least, most] = [Math.min(least, value), Math.max(most, value)];
  return [least, most];
}

/** Whether the pen was over a place. */
function isNear(stroke: Stroke, place: Place): boolean {
  return stroke.some((to, i) => squareTo(stroke[Math.max(0, i - 1)], to, place) <= PEN * PEN);
}

/** The square of the distance from a place to a line between two others. */
function squareTo(from: Place, to: Place, { x, y }: Place): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const share = length === 0 ? 0 : ((x - from.x) * dx + (y - from.y) * dy) / length;
  const along = Math.max(0, Math.min(1, share));
  const [ex, ey] = [x - from.x - along * dx, y - from.y - along * dy];
  return ex * ex + ey * ey;
}
