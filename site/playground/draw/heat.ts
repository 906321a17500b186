import { mixed, type Palette, type Rgb, STEPS } from "./palette.js";

/**
 * A map of values as a picture of side x side pixels, the first row at the bottom. `toShare` brings a value to
 * -1 to 1; `stepped` shows its sign alone.
 */
export function drawHeat(
  context: CanvasRenderingContext2D,
  values: Float32Array,
  side: number,
  colors: Uint32Array,
  toShare: (value: number) => number,
): void {
  const image = context.createImageData(side, side);
  const pixels = new Uint32Array(image.data.buffer);
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) {
      const share = toShare(values[(side - 1 - row) * side + column]);
      const step = Math.round(((share + 1) / 2) * (STEPS - 1));
      pixels[row * side + column] = colors[step < 0 ? 0 : step >= STEPS ? STEPS - 1 : step];
    }
  context.putImageData(image, 0, 0);
}

/** The probabilities of classes as a picture: the colour of the likeliest, paler where it is unsure. */
export function drawClasses(
  context: CanvasRenderingContext2D,
  logits: Float32Array,
  side: number,
  { classes, middle }: Palette,
  stepped: boolean,
): void {
  const count = logits.length / (side * side);
  const image = context.createImageData(side, side);
  for (let at = 0; at < side * side; at++) {
    const row = Math.floor(at / side);
    const from = (side - 1 - row) * side + (at % side);
    const { best, share } = likeliest(logits, from, side * side, count);
    const certainty = stepped ? 0.72 : Math.max(0, (share - 1 / count) / (1 - 1 / count)) * 0.8;
    const color: Rgb = mixed(middle, classes[best], certainty);
    image.data.set([color[0], color[1], color[2], 255], 4 * at);
  }
  context.putImageData(image, 0, 0);
}

/** The likeliest of classes whose logits are `stride` apart, and its probability. */
export function likeliest(
  logits: Float32Array,
  from: number,
  stride: number,
  count: number,
): { readonly best: number; readonly share: number } {
  let best = 0;
  for (let i = 1; i < count; i++) if (logits[from + i * stride] > logits[from + best * stride]) best = i;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += Math.exp(logits[from + i * stride] - logits[from + best * stride]);
  return { best, share: 1 / sum };
}

/** A logit as the probability of the second class. */
export const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));
