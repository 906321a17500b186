import { type DateFormat, dateFrom } from "../src/encoding/date-format.js";
import { counted } from "./figures.js";

/** The times of a series' rows, and those that come after. */
export interface TimeAxis {
  /** The column that has them, undefined where rows are merely counted. */
  readonly name: string | undefined;
  /** What a row is, in words. */
  readonly step: string;
  /** Milliseconds of a clock without time zones, where the column has dates. */
  readonly times: Float64Array | undefined;
  /** Rows of a day, a week, a month ... that such a series may repeat itself by. */
  readonly seasons: readonly number[];
  /** The cells of the next rows. */
  next(count: number): string[];
}

/** How a column writes times: as dates, as months such as 2024-01, or as running numbers. */
export type TimeFormat = DateFormat | "month" | "running";

/** An invalid time: its row and a message. */
export class TimeError extends Error {
  constructor(
    readonly row: number,
    readonly count: number,
    message: string,
  ) {
    super(message);
  }
}

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000];

/** The time of a cell; undefined for one that is none. */
export function timeOf(cell: string, format: TimeFormat): number | undefined {
  if (format === "running") return /^-?\d+$/.test(cell) ? Number(cell) : undefined;
  return format === "month" ? dateFrom(`${cell}-01`, "iso") : dateFrom(cell, format);
}

/** Whether these are months: 2024-01, 2024-02 ... */
export const areMonths = (cells: readonly string[]): boolean =>
  cells.length > 0 &&
  cells.every((cell) => /^\d{4}-\d{2}$/.test(cell) && timeOf(cell, "month") !== undefined);

/** Rows that are counted from 1. */
export function countedAxis(rows: number): TimeAxis {
  const next = (count: number) => Array.from({ length: count }, (_, i) => String(rows + 1 + i));
  return { name: undefined, step: "rows as they come", times: undefined, seasons: [], next };
}

/** A column of running numbers, such as years. */
export function runningAxis(name: string, values: ArrayLike<number>): TimeAxis {
  const last = values[values.length - 1];
  const next = (count: number) => Array.from({ length: count }, (_, i) => String(last + 1 + i));
  return { name, step: "one after the other", times: undefined, seasons: [], next };
}

/** A column of dates in ascending order. @throws TimeError where rows are missing or out of order */
export function dateAxis(name: string, times: Float64Array, format: TimeFormat): TimeAxis {
  const write = (time: number): string => (format === "month" ? dateText(time).slice(0, 7) : dateText(time));
  for (let row = 1; row < times.length; row++)
    if (times[row] <= times[row - 1])
      throw new TimeError(
        row,
        1,
        `expected dates in ascending order, each once, got ${write(times[row])} after ${write(times[row - 1])}`,
      );
  const months = monthStep(times);
  const step = months ?? (isWorkingDays(times) ? workingDays : fixedStep(times));
  checkGaps(times, step, write);
  return {
    name,
    step: step.words,
    times,
    seasons: step.seasons,
    next(count) {
      const found: string[] = [];
      let time = times[times.length - 1];
      for (let i = 0; i < count; i++) {
        time = step.after(time);
        found.push(write(time));
      }
      return found;
    },
  };
}

/** The way from a row to the next. */
interface Step {
  readonly words: string;
  readonly seasons: readonly number[];
  /** Whether a row may be missing, as on holidays. */
  readonly mayMiss?: boolean;
  after(time: number): number;
}

/** Months between rows that all have one day of the month, or the last one. */
function monthStep(times: Float64Array): Step | undefined {
  const isLast = times.every((time) => new Date(time + DAY).getUTCDate() === 1);
  const isSame = times.every((time) => new Date(time).getUTCDate() === new Date(times[0]).getUTCDate());
  if (!isLast && !isSame) return undefined;
  const number = (time: number) => new Date(time).getUTCFullYear() * 12 + new Date(time).getUTCMonth();
  const months = mostFrequent(times.slice(1), (time, i) => number(time) - number(times[i]));
  // Rows of one day apart that are few enough to have one day of the month are no months.
  if (months === 0) return undefined;
  const clock = times[0] - Math.floor(times[0] / DAY) * DAY;
  const day = new Date(times[0]).getUTCDate();
  const words =
    months === 12 ? "years" : months === 3 ? "quarters" : months === 1 ? "months" : `${months} months`;
  return {
    words,
    seasons: 12 % months === 0 && months < 12 ? [12 / months] : [],
    after(time) {
      const next = number(time) + months;
      const [year, month] = [Math.floor(next / 12), next % 12];
      return (isLast ? Date.UTC(year, month + 1, 0) : Date.UTC(year, month, day)) + clock;
    },
  };
}

const isWeekend = (time: number): boolean => [0, 6].includes(new Date(time).getUTCDay());

/** Mondays to Fridays, and never a weekend in more than a week. */
const isWorkingDays = (times: Float64Array): boolean =>
  times.length > 5 &&
  times.every((time) => !isWeekend(time)) &&
  mostFrequent(times.slice(1), (time, i) => time - times[i]) === DAY;

const workingDays: Step = {
  words: "working days",
  seasons: [5],
  mayMiss: true,
  after(time) {
    let next = time + DAY;
    while (isWeekend(next)) next += DAY;
    return next;
  },
};

function fixedStep(times: Float64Array): Step {
  const length = mostFrequent(times.slice(1), (time, i) => time - times[i]);
  const units: [number, string][] = [
    [7 * DAY, "week"],
    [DAY, "day"],
    [HOUR, "hour"],
    [MINUTE, "minute"],
    [SECOND, "second"],
  ];
  const [unit, word] = units.find(([each]) => length % each === 0) ?? [1, "millisecond"];
  const seasons = [HOUR, DAY, 7 * DAY, 365 * DAY, 365.25 * DAY]
    .map((turn) => Math.round(turn / length))
    .filter((rows) => rows > 1);
  return {
    words: length === unit ? `${word}s` : `every ${counted(length / unit, word)}`,
    seasons: [...new Set(seasons)],
    after: (time) => time + length,
  };
}

/** @throws TimeError for the first place where rows are missing, with the number of such places */
function checkGaps(times: Float64Array, step: Step, write: (time: number) => string): void {
  if (step.mayMiss) return;
  const wrong = [...times.keys()].filter((row) => row > 0 && step.after(times[row - 1]) !== times[row]);
  if (wrong.length === 0) return;
  const [row] = wrong;
  throw new TimeError(
    row,
    wrong.length,
    `expected ${write(step.after(times[row - 1]))} after ${write(times[row - 1])}, for the rows are ${step.words}, got ${write(times[row])}`,
  );
}

function mostFrequent(values: Float64Array, of: (value: number, i: number) => number): number {
  const counts = new Map<number, number>();
  values.forEach((value, i) => {
    const each = of(value, i);
    counts.set(each, (counts.get(each) ?? 0) + 1);
  });
  return [...counts].reduce((most, each) => (each[1] > most[1] ? each : most), [0, 0])[0];
}

/** 2024-01-31, with the time where it is not midnight. */
export function dateText(time: number): string {
  const text = new Date(time).toISOString();
  if (text.endsWith("T00:00:00.000Z")) return text.slice(0, 10);
  return text.endsWith(":00.000Z")
    ? text.slice(0, 16).replace("T", " ")
    : text.slice(0, 19).replace("T", " ");
}
