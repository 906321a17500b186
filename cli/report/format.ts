import type { Interval } from "lanewise/table";

const NONE = "–";
/** Between a number and its unit: narrow, and without a line break. */
const SPACE = "\u202f";

/** What the bounds of a score are, in one piece. */
export const INTERVAL = `95${SPACE}% interval`;

/** A part of 1 in percent: 79.0 %. */
export const percent = (part: number, digits = 1): string =>
  Number.isFinite(part) ? `${signed((100 * part).toFixed(digits))}${SPACE}%` : NONE;

/** A score without a unit: 0.851. */
export const score = (value: number): string => (Number.isFinite(value) ? signed(value.toFixed(3)) : NONE);

/** With the sign for minus, which 0 does not have. */
const signed = (digits: string): string =>
  Number(digits) === 0 ? digits.replace("-", "") : digits.replace("-", "−");

/** A value in the unit of the target, with four digits: 1,234 or 0.01200. */
export const amount = (value: number): string => inDigits(value, 4);

/** The same without zeros at the end, for axes: 0.012. */
export const tick = (value: number): string => inDigits(value, 1);

function inDigits(value: number, least: number): string {
  if (!Number.isFinite(value)) return NONE;
  const size = Math.abs(value);
  const isPlain = size === 0 || (size >= 1e-4 && size < 1e12);
  const text = value.toLocaleString("en-US", {
    minimumSignificantDigits: size === 0 ? 1 : least,
    maximumSignificantDigits: 4,
    notation: isPlain ? "standard" : "scientific",
  });
  return text.replaceAll("-", "−");
}

/** A number as it is, for settings: 0.003. */
export const plain = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: 10 });

/** Both bounds, with a unit that they have behind the second one only: 76.7 to 81.1 %. */
export const interval = ([low, high]: Interval, format: (value: number) => string): string =>
  `${format(low).replace(`${SPACE}%`, "")} to ${format(high)}`;

/** 812 bytes, 47.8 kB, 1.2 MB. */
export function bytes(count: number): string {
  if (count < 1000) return `${count}${SPACE}bytes`;
  const [unit, name] = count < 1e6 ? [1e3, "kB"] : [1e6, "MB"];
  return `${(count / unit).toFixed(1)}${SPACE}${name}`;
}

/** 0.7 s, 83 s, 12 min. */
export const duration = (seconds: number): string =>
  seconds < 10
    ? `${seconds.toFixed(1)}${SPACE}s`
    : seconds < 100
      ? `${Math.round(seconds)}${SPACE}s`
      : `${Math.round(seconds / 60)}${SPACE}min`;
