import type { SweepResult, TrialResult } from "lanewise/distributed";
import { counted } from "./figures.js";
import { textTable } from "./text-table.js";

/** Trials that are listed. */
const MOST = 10;

/** A value of a spec, for people: 0.01, relu, adamw learningRate=0.01. */
export function valueText(value: unknown): string {
  if (typeof value === "string" || typeof value === "number") return String(value);
  if (value === null || typeof value !== "object" || Array.isArray(value)) return JSON.stringify(value);
  const { name, type, ...others } = value as Readonly<Record<string, unknown>>;
  const options = Object.entries(others).map(([key, each]) => `${key}=${valueText(each)}`);
  return [name, type, ...options].filter((part) => part !== undefined).join(" ");
}

/** The last part of a path, and more where others end alike: learningRate, layers[0].units. */
export function shortNames(paths: readonly string[]): string[] {
  return paths.map((path) => {
    const parts = path.split(".");
    for (let i = parts.length - 1; i > 0; i--) {
      const end = `.${parts.slice(i).join(".")}`;
      if (paths.filter((other) => other.endsWith(end)).length === 1) return end.slice(1);
    }
    return path;
  });
}

/** The best trials as a table, and why some have no score. */
export function sweepText({ trials, ranking, metric }: SweepResult): string {
  const order = ranking.map((index) => trials[index]);
  const scored = order.filter(({ score }) => score !== null);
  const paths = Object.keys(trials[0].parameters);
  const isHalving = trials[0].rung !== undefined;
  const head = ["  trial", ...(isHalving ? ["rung"] : []), metric.name, "±", "loss", ...shortNames(paths)];
  const rows = scored
    .slice(0, MOST)
    .map(({ index, rung, score, deviation, loss, parameters }) => [
      String(index),
      ...(isHalving ? [String(rung)] : []),
      (score as number).toPrecision(4),
      (deviation as number).toPrecision(2),
      (loss as number).toPrecision(4),
      ...paths.map((path) => valueText(parameters[path] ?? "")),
    ]);
  const figures = isHalving ? 5 : 4;
  const table = textTable([head, ...rows], (column) => column < figures);
  const more = scored.length - rows.length;
  return `${table}${more > 0 ? `\n  and ${counted(more, "other trial")}` : ""}${withoutScore(order)}`;
}

function withoutScore(trials: readonly TrialResult[]): string {
  const failed = trials.filter(({ score }) => score === null);
  if (failed.length === 0) return "";
  const [{ index, why }] = failed;
  return `\n\nno score: ${counted(failed.length, "trial")}; trial ${index}, ${why}`;
}
