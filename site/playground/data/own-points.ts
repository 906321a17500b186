import type { Point } from "./points.js";
import { Refusal } from "./scene.js";

/** Points drawn by hand as they are in a link: 24 bits each, four characters of base64url. */

export const MOST_POINTS = 500;
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/** 11 bits for each coordinate, 2 for the class. */
const STEPS = 2047;

const toStep = (value: number): number =>
  Math.min(STEPS, Math.max(0, Math.floor(((value + 1) / 2) * STEPS + 0.5)));
const fromStep = (step: number): number => (2 * step) / STEPS - 1;

/** The point as a link has it. */
export const rounded = ({ x, y, label }: Point): Point => ({
  x: fromStep(toStep(x)),
  y: fromStep(toStep(y)),
  label,
});

export function ownPointsText(points: readonly Point[]): string {
  return points
    .map(({ x, y, label }) => {
      const bits = (toStep(x) << 13) | (toStep(y) << 2) | label;
      return [18, 12, 6, 0].map((shift) => DIGITS[(bits >> shift) & 63]).join("");
    })
    .join("");
}

/** @throws Refusal */
export function ownPointsFrom(text: string): readonly Point[] {
  if (text.length % 4 !== 0 || /[^A-Za-z0-9_-]/.test(text))
    throw new Refusal("The drawn points are cut off or have characters that no point has.");
  if (text.length / 4 > MOST_POINTS)
    throw new Refusal(`A link holds at most ${MOST_POINTS} points, not ${text.length / 4}.`);
  return Array.from({ length: text.length / 4 }, (_, i) => {
    let bits = 0;
    for (const digit of text.slice(4 * i, 4 * i + 4)) bits = (bits << 6) | DIGITS.indexOf(digit);
    const label = bits & 3;
    if (label > 2) throw new Refusal(`Point ${i + 1} has class ${label + 1}; there are three.`);
    return { x: fromStep(bits >> 13), y: fromStep((bits >> 2) & STEPS), label };
  });
}
