import { css, type Palette } from "./palette.js";

/** Where the units of a network are drawn, in pixels: [layer][unit], inputs first. */
export type Places = readonly (readonly { readonly x: number; readonly y: number }[])[];

export interface EdgesOptions {
  readonly size: number;
  readonly palette: Palette;
  /** Weights of each layer, [inputs, units], of which the first have places. */
  readonly weights: readonly { readonly values: Float32Array; readonly units: number }[];
  /** The unit whose edges stand out: its layer, 0 the first hidden one. */
  readonly unit?: { readonly layer: number; readonly index: number };
}

interface Edge {
  readonly layer: number;
  readonly from: number;
  readonly to: number;
  readonly weight: number;
}

/** More lines than these would be a blur, and take longer than a frame. */
export const MOST_EDGES = 500;

/**
 * Lines between units: as thick as their weights are large, dashed where these are negative. Where there are
 * many, the strongest ones, and those of the unit that stands out.
 */
export function drawEdges(context: CanvasRenderingContext2D, places: Places, options: EdgesOptions): void {
  const { size, palette, weights, unit } = options;
  const isChosen = ({ layer, to }: Edge) => unit?.layer === layer && unit.index === to;
  const edges = edgesOf(places, weights);
  const sizes = edges.map(({ weight }) => Math.abs(weight)).sort((a, b) => b - a);
  const least = sizes[MOST_EDGES] ?? 0;
  context.lineCap = "round";
  for (const edge of edges) {
    const { layer, from, to, weight } = edge;
    if (Math.abs(weight) < least && !isChosen(edge)) continue;
    const strength = Math.min(1, Math.abs(weight) / 4);
    const alpha = unit && !isChosen(edge) ? 0.12 : 0.22 + 0.6 * strength;
    context.strokeStyle = css(palette.classes[weight < 0 ? 0 : 1], alpha);
    context.lineWidth = 0.6 + 3.6 * strength;
    context.setLineDash(weight < 0 ? [3, 3 + context.lineWidth] : []);
    const [begin, end] = [places[layer][from], places[layer + 1][to]];
    const [x1, x2] = [begin.x + size / 2, end.x - size / 2];
    const bend = (x2 - x1) / 2;
    context.beginPath();
    context.moveTo(x1, begin.y);
    context.bezierCurveTo(x1 + bend, begin.y, x2 - bend, end.y, x2, end.y);
    context.stroke();
  }
  context.setLineDash([]);
}

const edgesOf = (places: Places, weights: EdgesOptions["weights"]): readonly Edge[] =>
  weights.flatMap(({ values, units }, layer) =>
    places[layer].flatMap((_, from) =>
      places[layer + 1].map((_, to) => ({ layer, from, to, weight: values[from * units + to] })),
    ),
  );
