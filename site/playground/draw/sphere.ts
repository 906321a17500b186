import { gridAngle, pointAt } from "../data/sphere.js";
import { css, mixed, type Palette } from "./palette.js";

/** Where the viewer is, in radians: along the equator, and above it. */
export interface View {
  readonly turn: number;
  readonly tilt: number;
}

type Surface = (row: number, column: number) => readonly [number, number, number];

/** Meridians, and parallels, that are drawn. */
const WIRES = 14;
/** Shades of the error. Each is one path. */
const SHADES = 8;
/** The distance that has the full colour. */
const WORST = 0.3;

/** The sphere, faint, and what the network makes of it, in the colour of its error. */
export function drawSphere(
  context: CanvasRenderingContext2D,
  answer: Float32Array,
  side: number,
  size: number,
  view: View,
  palette: Palette,
): void {
  const truth: Surface = (row, column) =>
    pointAt({ latitude: gridAngle(row, side), longitude: gridAngle(column, side) });
  const learned: Surface = (row, column) => {
    const at = row * side + column;
    return [answer[at], answer[side * side + at], answer[2 * side * side + at]];
  };
  const [ct, st, ci, si] = [
    Math.cos(view.turn),
    Math.sin(view.turn),
    Math.cos(view.tilt),
    Math.sin(view.tilt),
  ];
  const project = ([x, y, z]: readonly [number, number, number]) => {
    const [right, away] = [ct * y - st * x, ct * x + st * y];
    return {
      x: size / 2 + right * size * 0.4,
      y: size / 2 - (ci * z - si * away) * size * 0.4,
      depth: ci * away + si * z,
    };
  };

  const lines = wires(side);
  context.lineCap = "round";
  context.strokeStyle = palette.line;
  context.lineWidth = 1;
  context.beginPath();
  for (const line of lines)
    for (const [i, [row, column]] of line.entries()) {
      const { x, y } = project(truth(row, column));
      if (i === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    }
  context.stroke();

  // Pieces by their shade, those behind fainter.
  const pieces = Array.from({ length: 2 * SHADES }, () => [] as number[]);
  for (const line of lines) {
    let before: { x: number; y: number } | undefined;
    for (const [row, column] of line) {
      const point = learned(row, column);
      const [tx, ty, tz] = truth(row, column);
      const error = Math.hypot(point[0] - tx, point[1] - ty, point[2] - tz);
      const shade = Math.min(SHADES - 1, Math.floor((error / WORST) * SHADES));
      const { x, y, depth } = project(point);
      if (before) pieces[(depth > 0 ? SHADES : 0) + shade].push(before.x, before.y, x, y);
      before = { x, y };
    }
  }
  for (const [i, piece] of pieces.entries()) {
    const [inFront, shade] = [i >= SHADES, i % SHADES];
    const color = mixed(palette.classes[1], palette.classes[0], shade / (SHADES - 1));
    context.strokeStyle = css(color, inFront ? 1 : 0.28);
    context.lineWidth = inFront ? 1.75 : 1.25;
    context.beginPath();
    for (let at = 0; at < piece.length; at += 4) {
      context.moveTo(piece[at], piece[at + 1]);
      context.lineTo(piece[at + 2], piece[at + 3]);
    }
    context.stroke();
  }
}

/** Rows and columns of the grid along each meridian and parallel. */
function wires(side: number): readonly (readonly (readonly [number, number])[])[] {
  const along = Array.from({ length: Math.ceil(side / 2) }, (_, i) => Math.min(side - 1, 2 * i));
  const spacing = Math.round(side / WIRES);
  const places = Array.from({ length: Math.ceil(side / spacing) }, (_, i) => i * spacing);
  return places.flatMap((place) => [
    along.map((row) => [row, place] as const),
    along.map((column) => [place, column] as const),
  ]);
}
