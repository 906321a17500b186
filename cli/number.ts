/**
 * The syntax of a number, in tables and in options: an optional sign, decimal digits with an optional point,
 * and an optional exponent. No space, no other base, no digit separator, no Infinity, no digits of other
 * scripts.
 */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Zeros before another digit: a code such as a postcode or an item number, whose zeros count. */
const CODE = /^[+-]?0+\d/;

/** The number that a text stands for, as float64, or undefined. float32 must hold it too. */
export function numberFrom(text: string): number | undefined {
  const number = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(Math.fround(number)) ? number : undefined;
}

/** Whether a text is a number with leading zeros: a code, not a quantity. */
export function isCode(text: string): boolean {
  return CODE.test(text) && NUMBER.test(text);
}

/** Why a cell is not a number. */
export function notANumber(cell: string, column: string): string {
  if (cell === "") return "expected a number, got an empty field";
  const got = `expected a number, got ${JSON.stringify(cell)}`;
  if (NUMBER.test(cell) && numberFrom(cell) === undefined) return `${got}, which is beyond float32`;
  if (!isCode(cell)) return got;
  const name = /[",]/.test(column) ? `'"${column.replaceAll('"', '""')}"'` : column;
  return `${got}, which has leading zeros as a code has; train with --ignore ${name} to leave the column out, or with --numbers ${name} to take it as numbers`;
}

/** float64 holds 15 decimal digits of every number. */
const DIGITS = 15;
/** Numbers of more digits that a watch keeps: a column may be longer than memory. */
const MOST_WATCHED = 100_000;

/** Watches a column for different numbers that float64 cannot tell apart, until it has found two. */
export class DigitWatch {
  private readonly seen = new Map<number, string>();
  private done = false;

  /** Another text that was read as the same number, the first time that there is one. */
  sameAs(text: string, number: number): string | undefined {
    if (this.done || text.length <= DIGITS || /e/i.test(text)) return undefined;
    const plain = text.includes(".") ? text.replace(/\.?0+$/, "") : text;
    const before = this.seen.get(number);
    if (before === undefined && this.seen.size < MOST_WATCHED) this.seen.set(number, plain);
    if (before === undefined || before === plain) return undefined;
    this.done = true;
    return before;
  }
}
