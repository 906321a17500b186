import { css, type Palette } from "./palette.js";

/** Where the units of a network are drawn, in pixels: [layer][unit], inputs first. */
export type Places = readonly (readonly { readonly x: number; readonly y: number }[])[];

export interface EdgesOptions {
  readonly size: number;
  readonly palette: Palette;
  /** Weights of each layer, [inputs, units]. */
  readonly weights: readonly Float32Array[];
  /** The unit whose edges stand out: its layer, 0 the first hidden one. */
  readonly unit?: { readonly layer: number; readonly index: number };
}

/** Lines between units: as thick as their weights are large, dashed where these are negative. */
export function drawEdges(context: CanvasRenderingContext2D, places: Places, options: EdgesOptions): void {
  const { size, palette, weights, unit } = options;
  context.lineCap = "round";
  for (const [layer, matrix] of weights.entries()) {
    const [from, to] = [places[layer], places[layer + 1]];
    if (!from || !to || matrix.length !== from.length * to.length) continue;
    for (let i = 0; i < from.length; i++)
      for (let j = 0; j < to.length; j++) {
        const weight = matrix[i * to.length + j];
        const strength = Math.min(1, Math.abs(weight) / 4);
        const chosen = unit?.layer === layer && unit.index === j;
        const alpha = unit && !chosen ? 0.12 : 0.22 + 0.6 * strength;
        context.strokeStyle = css(palette.classes[weight < 0 ? 0 : 1], alpha);
        context.lineWidth = 0.6 + 3.6 * strength;
        context.setLineDash(weight < 0 ? [3, 3 + context.lineWidth] : []);
        const [x1, x2] = [from[i].x + size / 2, to[j].x - size / 2];
        const bend = (x2 - x1) / 2;
        context.beginPath();
        context.moveTo(x1, from[i].y);
        context.bezierCurveTo(x1 + bend, from[i].y, x2 - bend, to[j].y, x2, to[j].y);
        context.stroke();
      }
  }
  context.setLineDash([]);
}
