import type { Palette } from "./palette.js";
import { css } from "./palette.js";

/** The shares of a histogram as bars, negative bins in the colour of negative values. */
export function drawBars(
  context: CanvasRenderingContext2D,
  { low, high, shares }: { readonly low: number; readonly high: number; readonly shares: readonly number[] },
  width: number,
  height: number,
  palette: Palette,
): void {
  const most = Math.max(...shares, 1e-9);
  const step = width / shares.length;
  for (const [i, share] of shares.entries()) {
    const middle = low + ((i + 0.5) / shares.length) * (high - low);
    context.fillStyle = css(palette.classes[middle < 0 ? 0 : 1], 0.9);
    const bar = (share / most) * (height - 4);
    context.fillRect(i * step + 0.5, height - bar, step - 1, bar);
  }
  context.fillStyle = palette.line;
  context.fillRect(0, height - 1, width, 1);
  if (low < 0 && high > 0) context.fillRect((-low / (high - low)) * width, 0, 1, height);
}
