import { type Histogram, resampled } from "../histogram.js";
import { css, mixed, type Palette } from "./palette.js";

/** Histograms that stand one behind another, the oldest at the back. */
export interface RidgePicture {
  readonly ridges: readonly { readonly epoch: number; readonly histogram: Histogram }[];
  readonly width: number;
  readonly height: number;
  readonly palette: Palette;
}

const BINS = 72;
/** Pixels of the highest ridge, and of the epochs at the right. */
const [PEAK, LABELS] = [34, 46];

/** The least and the greatest value that a histogram has. */
export function rangeOf(histograms: readonly Histogram[]): { readonly low: number; readonly high: number } {
  return {
    low: Math.min(...histograms.map(({ low }) => low)),
    high: Math.max(...histograms.map(({ high }) => high)),
  };
}

/** Each ridge is as high as the others, whatever share its fullest bin has. */
export function drawRidges(context: CanvasRenderingContext2D, picture: RidgePicture): void {
  const { ridges, width, height, palette } = picture;
  const { low, high } = rangeOf(ridges.map(({ histogram }) => histogram));
  const inner = width - LABELS;
  const spacing = ridges.length > 1 ? (height - PEAK - 2) / (ridges.length - 1) : 0;
  const baseOf = (i: number) => (ridges.length > 1 ? PEAK + i * spacing : height - 2);

  context.lineJoin = "round";
  for (const [i, { histogram }] of ridges.entries()) {
    const shares = smooth(smooth(resampled(histogram, low, high, BINS)));
    const most = Math.max(...shares, 1e-9);
    const age = ridges.length > 1 ? i / (ridges.length - 1) : 1;
    context.beginPath();
    context.moveTo(0, baseOf(i));
    for (const [bin, share] of shares.entries())
      context.lineTo(((bin + 0.5) / BINS) * inner, baseOf(i) - (share / most) * PEAK);
    context.lineTo(inner, baseOf(i));
    context.fillStyle = css(mixed(palette.middle, palette.classes[1], 0.2 + 0.7 * age));
    context.fill();
    context.strokeStyle = palette.paper;
    context.lineWidth = 1;
    context.stroke();
  }
  if (low < 0 && high > 0) {
    context.fillStyle = palette.faint;
    context.globalAlpha = 0.5;
    context.fillRect((-low / (high - low)) * inner, 0, 1, height);
    context.globalAlpha = 1;
  }
  context.fillStyle = palette.faint;
  context.font = "11px system-ui, sans-serif";
  context.textBaseline = "bottom";
  const marked =
    ridges.length > 4 ? [0, Math.floor((ridges.length - 1) / 2), ridges.length - 1] : ridges.keys();
  for (const i of marked) context.fillText(String(ridges[i].epoch), inner + 8, baseOf(i) + 2);
}

/** Bins lean on those beside them, so that a ridge is a line. */
const smooth = (shares: readonly number[]): number[] =>
  shares.map((share, i) => ((shares[i - 1] ?? 0) + 2 * share + (shares[i + 1] ?? 0)) / 4);
