/**
 * How a column writes dates: ISO 8601 with or without a time; the name of the month before or after the day;
 * three numbers in an order; a time of day; or time since 1970.
 */
export type DateFormat =
  | "iso"
  | "month-name-first"
  | "day-month-name"
  | "day.month.year"
  | "month/day/year"
  | "day/month/year"
  | "time"
  | "epoch-seconds"
  | "epoch-milliseconds";

/** Milliseconds. */
const DAY = 86_400_000;

const MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec";
const TIME =
  "(?:[T ,]+(\\d{1,2}):(\\d{2})(?::(\\d{2})(?:[.,]\\d+)?)?\\s*([ap]\\.?m\\.?)?\\s*(?:Z|UTC|GMT|[+-]\\d{2}:?\\d{2})?)?";
const NAME = "([a-z]{3,9})\\.?";

/** The pattern of a date, and which of its groups are year, month and day. */
const patterns: Readonly<Record<string, readonly [RegExp, year: number, month: number, day: number]>> = {
  iso: [pattern("(\\d{4})[-/](\\d{1,2})[-/](\\d{1,2})"), 1, 2, 3],
  "month-name-first": [pattern(`${NAME}\\s+(\\d{1,2})(?:st|nd|rd|th)?,?\\s+(\\d{4})`), 3, 1, 2],
  "day-month-name": [pattern(`(\\d{1,2})[-. ]+${NAME}[-, ]+(\\d{4}|\\d{2})`), 3, 2, 1],
  "day.month.year": [pattern("(\\d{1,2})\\.\\s?(\\d{1,2})\\.\\s?(\\d{4}|\\d{2})"), 3, 2, 1],
  "month/day/year": [pattern("(\\d{1,2})[-/](\\d{1,2})[-/](\\d{4}|\\d{2})"), 3, 1, 2],
  "day/month/year": [pattern("(\\d{1,2})[-/](\\d{1,2})[-/](\\d{4}|\\d{2})"), 3, 2, 1],
};

function pattern(date: string): RegExp {
  return new RegExp(`^${date}${TIME}$`, "i");
}

const CLOCK = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([ap]\.?m\.?)?$/i;

/** The names of all formats. */
export const dateFormats: readonly DateFormat[] = [
  ...(Object.keys(patterns) as DateFormat[]),
  "time",
  "epoch-seconds",
  "epoch-milliseconds",
];

/**
 * The time that a text stands for in a format, in milliseconds of a clock that ignores time zones; undefined
 * for what is no such date.
 */
export function dateFrom(text: string, format: DateFormat): number | undefined {
  if (format === "epoch-seconds" || format === "epoch-milliseconds") {
    const number = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    const time = format === "epoch-seconds" ? number * 1000 : number;
    return Math.abs(time) <= 8.64e15 ? time : undefined;
  }
  if (format === "time") {
    const [, ...clock] = CLOCK.exec(text) ?? [undefined, "x"];
    return timeOf(clock);
  }
  const [expression, year, month, day] = patterns[format];
  const found = expression.exec(text);
  if (!found) return undefined;
  const time = timeOf(found.slice(4));
  const date = dayOf(yearOf(found[year]), monthOf(found[month]), Number(found[day]));
  return time === undefined || date === undefined ? undefined : date + time;
}

/** Two digits are of 1969 to 2068, as POSIX has it. */
function yearOf(digits: string): number {
  const year = Number(digits);
  return digits.length > 2 ? year : year + (year < 69 ? 2000 : 1900);
}

/** The number of a month by its name in English or its digits; 0 for another word. */
function monthOf(word: string): number {
  if (/\d/.test(word)) return Number(word);
  const at = MONTHS.indexOf(word.slice(0, 3).toLowerCase());
  return at % 3 === 0 ? at / 3 + 1 : 0;
}

function dayOf(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return month >= 1 && date.getUTCMonth() === month - 1 ? date.getTime() : undefined;
}

/** Milliseconds since midnight; 0 without a time. */
function timeOf([hours = "0", minutes = "0", seconds = "0", half]: readonly (string | undefined)[]):
  | number
  | undefined {
  let hour = Number(hours);
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return undefined;
    hour = (hour % 12) + (/^p/i.test(half) ? 12 : 0);
  }
  const valid = hour < 24 && Number(minutes) < 60 && Number(seconds) < 61;
  return valid ? ((hour * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 : undefined;
}

/**
 * What a date is made of, as numbers; months and days of the year count from 1, days of the week from Monday.
 */
export const dateParts = {
  year: (time: number): number => new Date(time).getUTCFullYear(),
  month: (time: number): number => new Date(time).getUTCMonth() + 1,
  dayOfWeek: (time: number): number => (new Date(time).getUTCDay() + 6) % 7,
  dayOfYear: (time: number): number => Math.floor((time - new Date(time).setUTCMonth(0, 1)) / DAY + 0.5) + 1,
  hour: (time: number): number => (time - Math.floor(time / DAY) * DAY) / 3_600_000,
} as const;

/** The name of a part of a date. */
export type DatePart = keyof typeof dateParts;

/** The length of a turn of the parts that repeat, and where a turn begins. */
export const turns: Readonly<Partial<Record<DatePart, readonly [length: number, begin: number]>>> = {
  month: [12, 1],
  dayOfWeek: [7, 0],
  dayOfYear: [365.25, 1],
  hour: [24, 0],
};
