import { mixed, type Palette, type Rgb, STEPS } from "./palette.js";

/** The pixels of a canvas, made once: one picture per frame would keep the garbage collector busy. */
const images = new WeakMap<CanvasRenderingContext2D, ImageData>();

function imageOf(context: CanvasRenderingContext2D, side: number): ImageData {
  const kept = images.get(context);
  if (kept?.width === side) return kept;
  const image = context.createImageData(side, side);
  images.set(context, image);
  return image;
}

/**
 * A map of values as a picture of side x side pixels, the first row at the bottom. Values times `scale` are
 * shown from -1 to 1. `top`: the first row of pixels.
 */
export function drawHeat(
  context: CanvasRenderingContext2D,
  values: Float32Array,
  side: number,
  colors: Uint32Array,
  scale = 1,
  top = 0,
): void {
  const image = imageOf(context, side);
  const pixels = new Uint32Array(image.data.buffer);
  const half = (STEPS - 1) / 2;
  for (let row = 0; row < side; row++) {
    const from = (side - 1 - row) * side;
    for (let column = 0; column < side; column++) {
      const step = Math.round(values[from + column] * scale * half + half);
      pixels[row * side + column] = colors[Math.max(0, Math.min(STEPS - 1, step))];
    }
  }
  context.putImageData(image, 0, top);
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
  const image = imageOf(context, side);
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
