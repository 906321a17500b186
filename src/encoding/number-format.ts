/** How a column writes its numbers. Without entries: 1234.5. */
export interface NumberFormat {
  /** What stands before the decimals, where it is not a point. */
  readonly decimal?: ",";
  /** What may stand between groups of three digits. */
  readonly group?: "," | "." | " " | "'";
  /** What may stand before or after a number, such as $ or %. */
  readonly unit?: string;
}

/**
 * An optional sign, decimal digits with an optional point, and an optional exponent. No other base, no
 * Infinity, no digits of other scripts.
 */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Programs write a minus sign, and spaces that do not break, in a number of characters. */
const MINUS = /^[\u2212\u2013]/;
const SPACES = /[\u00a0\u2009\u202f]/g;
const APOSTROPHES = /\u2019/g;

/** The number that a text stands for in a format, as float64; undefined where it is none. */
export function numberFrom(text: string, { decimal, group, unit }: NumberFormat = {}): number | undefined {
  let digits = text;
  if (unit !== undefined) digits = digits.replace(unit, "").trim();
  digits = digits.replace(MINUS, "-");
  if (group !== undefined) {
    digits = digits.replace(SPACES, " ").replace(APOSTROPHES, "'");
    const [whole, ...rest] = digits.split(decimal ?? ".");
    const groups = whole.split(group);
    const isGrouped = groups.every((part, i) => (i === 0 ? /^[+-]?[1-9]\d{0,2}$/ : /^\d{3}$/).test(part));
    if (groups.length > 1 && !isGrouped) return undefined;
    digits = [groups.join(""), ...rest].join(decimal ?? ".");
  }
  if (decimal !== undefined) {
    if (digits.includes(".")) return undefined;
    digits = digits.replace(decimal, ".");
  }
  const number = NUMBER.test(digits) ? Number(digits) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}
