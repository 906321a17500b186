import { readFileSync } from "node:fs";

/** What was measured on a day. */
export interface Day {
  /** Of its year, from 0. */
  readonly dayOfYear: number;
  /** In degrees Celsius. */
  readonly highest: number;
  readonly lowest: number;
  /** In millimetres. */
  readonly rain: number;
  /** In metres a second. */
  readonly wind: number;
}

const MILLISECONDS = 86_400_000;

/** The weather of Seattle from 2012 to 2015, day by day: see data/README.md. */
export function readDays(): Day[] {
  const file = readFileSync(new URL("data/seattle-weather.csv", import.meta.url), "utf8");
  const [, ...rows] = file.trimEnd().split(/\r?\n/);
  return rows.map((row) => {
    const [date, rain, highest, lowest, wind] = row.split(",");
    const dayOfYear = (Date.parse(date) - Date.parse(`${date.slice(0, 4)}-01-01`)) / MILLISECONDS;
    return { dayOfYear, highest: +highest, lowest: +lowest, rain: +rain, wind: +wind };
  });
}

/** The numbers of a day for the network. Sine and cosine tell the season: the year is a circle. */
export function toRow({ dayOfYear, highest, lowest, rain, wind }: Day): number[] {
  const angle = (2 * Math.PI * dayOfYear) / 365.25;
  return [highest, lowest, Math.log1p(rain), wind, Math.sin(angle), Math.cos(angle)];
}

/** For each day of the year, the mean of the highest temperatures of the days around it. */
export function usual(days: readonly Day[]): (dayOfYear: number) => number {
  const NEAR = 7;
  const means = Array.from({ length: 366 }, (_, at) => {
    const near = days.filter(({ dayOfYear }) => {
      const distance = Math.abs(dayOfYear - at);
      return Math.min(distance, 366 - distance) <= NEAR;
    });
    return near.reduce((sum, { highest }) => sum + highest, 0) / near.length;
  });
  return (dayOfYear) => means[dayOfYear];
}
