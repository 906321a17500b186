import type { Palette } from "./palette.js";

/** Two units as axes: what they make of the plane that the network sees. */
export interface Warp {
  /** What each unit answers on a grid of side x side points. */
  readonly across: Float32Array;
  readonly up: Float32Array;
  readonly side: number;
}

const SPACING = 7;

/** Maps values to pixels, with a margin around the range of the two units. */
export function warpScale(
  { across, up }: Warp,
  size: number,
): (x: number, y: number) => { x: number; y: number } {
  const range = (values: Float32Array) => {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return { low, span: Math.max(1e-6, high - low) };
  };
  const [x, y] = [range(across), range(up)];
  const inner = size - 24;
  return (valueX, valueY) => ({
    x: 12 + ((valueX - x.low) / x.span) * inner,
    y: size - 12 - ((valueY - y.low) / y.span) * inner,
  });
}

/** The lines of the plane's grid where the two units put them. */
export function drawWarpedGrid(
  context: CanvasRenderingContext2D,
  warp: Warp,
  size: number,
  palette: Palette,
): void {
  const { across, up, side } = warp;
  const place = warpScale(warp, size);
  context.strokeStyle = palette.faint;
  context.globalAlpha = 0.45;
  context.lineWidth = 1;
  context.beginPath();
  const lineTo = (at: number, first: boolean) => {
    const { x, y } = place(across[at], up[at]);
    if (first) context.moveTo(x, y);
    else context.lineTo(x, y);
  };
  for (let line = 0; line < side; line += SPACING) {
    for (let i = 0; i < side; i++) lineTo(line * side + i, i === 0);
    for (let i = 0; i < side; i++) lineTo(i * side + line, i === 0);
  }
  context.stroke();
  context.globalAlpha = 1;
}
