import type { Point } from "../data/points.js";
import { css, type Palette } from "./palette.js";

/** Classes differ in shape as well as colour: circle, square, triangle. */
export function drawPoint(
  context: CanvasRenderingContext2D,
  { label }: Point,
  x: number,
  y: number,
  radius: number,
  palette: Palette,
  hollow: boolean,
): void {
  context.beginPath();
  if (label === 0) context.arc(x, y, radius, 0, 2 * Math.PI);
  else if (label === 1) context.rect(x - radius * 0.9, y - radius * 0.9, radius * 1.8, radius * 1.8);
  else {
    context.moveTo(x, y - radius * 1.25);
    context.lineTo(x + radius * 1.15, y + radius * 0.85);
    context.lineTo(x - radius * 1.15, y + radius * 0.85);
    context.closePath();
  }
  context.fillStyle = hollow ? palette.paper : css(palette.classes[label]);
  context.strokeStyle = hollow ? css(palette.classes[label]) : palette.paper;
  context.lineWidth = hollow ? 1.5 : 1;
  context.fill();
  context.stroke();
}

export interface PointsPicture {
  readonly points: readonly Point[];
  /** Points from this index on are test points, drawn hollow. */
  readonly known: number;
  readonly side: number;
  readonly radius: number;
  readonly palette: Palette;
}

/** Points of the square from -1 to 1, y upwards. */
export function drawPoints(context: CanvasRenderingContext2D, picture: PointsPicture): void {
  const { points, known, side, radius, palette } = picture;
  for (const [i, point] of points.entries()) {
    const [x, y] = [((point.x + 1) / 2) * side, ((1 - point.y) / 2) * side];
    drawPoint(context, point, x, y, radius, palette, i >= known);
  }
}
