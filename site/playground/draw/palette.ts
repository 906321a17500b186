/** The colours of the style sheet, which alone knows the light and the dark scheme. */
export interface Palette {
  /** Of the classes; of units, the first is for negative and the second for positive values. */
  readonly classes: readonly Rgb[];
  /** Between two classes, and of the value 0. */
  readonly middle: Rgb;
  readonly ink: string;
  readonly faint: string;
  readonly line: string;
  readonly paper: string;
}

export type Rgb = readonly [red: number, green: number, blue: number];

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const text = (name: string) => style.getPropertyValue(name).trim();
  return {
    classes: [1, 2, 3].map((number) => rgbOf(text(`--class-${number}`))),
    middle: rgbOf(text("--class-middle")),
    ink: text("--ink"),
    faint: text("--ink-faint"),
    line: text("--line"),
    paper: text("--paper"),
  };
}

/** "#1f66d6" as numbers. */
function rgbOf(hex: string): Rgb {
  const number = Number.parseInt(hex.slice(1), 16);
  return [(number >> 16) & 255, (number >> 8) & 255, number & 255];
}

export const css = ([red, green, blue]: Rgb, alpha = 1): string => `rgb(${red} ${green} ${blue} / ${alpha})`;

/** From `from` to `to`, by a share from 0 to 1. */
export const mixed = (from: Rgb, to: Rgb, share: number): Rgb => [
  from[0] + (to[0] - from[0]) * share,
  from[1] + (to[1] - from[1]) * share,
  from[2] + (to[2] - from[2]) * share,
];

/** Colours of values from -1 to 1 in steps: with a table, a map of 64 x 64 takes microseconds. */
export const STEPS = 255;

export function signedColors({ classes, middle }: Palette, strength = 1): Uint32Array {
  return Uint32Array.from({ length: STEPS }, (_, i) => {
    const value = (2 * i) / (STEPS - 1) - 1;
    const [red, green, blue] = mixed(middle, classes[value < 0 ? 0 : 1], Math.abs(value) * strength);
    return (255 << 24) | (Math.round(blue) << 16) | (Math.round(green) << 8) | Math.round(red);
  });
}
