import type { Variant } from "lanewise";
import { textTable } from "../cli/text-table.js";
import type { Row } from "./results.js";

/** What was measured in a process of its own. */
export interface Measured {
  readonly variant: Variant;
  readonly threads: number;
}

export const labelOf = ({ variant, threads }: Measured): string =>
  threads === 1 ? variant : `${variant}, ${threads} threads`;

/**
 * The rows of a suite as text: a line for each thing measured, beside each other the builds, with the
 * speed-up of several threads over the first number of them.
 */
export function suiteTable(rows: readonly Row[], builds: readonly Measured[]): string {
  const lines = new Map<string, Row[]>();
  for (const row of rows) {
    const key = [row.name, row.size, row.unit].join("\n");
    lines.set(key, [...(lines.get(key) ?? []), row]);
  }
  const withPeak = rows.some(({ ratio }) => ratio !== undefined);
  const firsts = builds.map(({ variant }) => builds.find((build) => build.variant === variant));
  const isFirst = (i: number) => firsts[i] === builds[i];
  const head = builds.flatMap((build, i) => [
    ...heads(labelOf(build), withPeak),
    ...(isFirst(i) ? [] : ["speed-up"]),
  ]);
  const body = [...lines.values()].map((group) => {
    const rowOf = (build: Measured | undefined) =>
      group.find(({ variant, threads }) => variant === build?.variant && threads === build.threads);
    const [{ name, size, unit }] = group;
    const ofBuilds = builds.flatMap((build, i) => [
      ...cells(rowOf(build), withPeak),
      ...(isFirst(i) ? [] : [speedUp(rowOf(firsts[i]), rowOf(build))]),
    ]);
    return [name, size, unit, ...ofBuilds];
  });
  return textTable([["", "size", "unit", ...head], ...body], (column) => column > 2);
}

/** How many times as fast, by the fastest repetitions; nothing for what is neither a rate nor a time. */
function speedUp(before: Row | undefined, after: Row | undefined): string {
  if (!before || !after) return "";
  const ratio = (after.fastest ?? after.value) / (before.fastest ?? before.value);
  if (before.unit.endsWith("/s")) return ratio.toFixed(2);
  return /^[un]s\b/.test(before.unit) ? (1 / ratio).toFixed(2) : "";
}

function heads(label: string, withPeak: boolean): string[] {
  return withPeak ? [`| ${label}: fastest`, "median", "spread", "peak", "of peak"] : [`| ${label}`, "spread"];
}

function cells(row: Row | undefined, withPeak: boolean): string[] {
  const spread = row?.spread === undefined ? "" : `${row.spread.toFixed(1)} %`;
  if (!withPeak) return [row ? `| ${digits(row.value)}` : "|", spread];
  if (!row) return ["|", "", "", "", ""];
  const optional = (value: number | undefined) => (value === undefined ? "" : digits(value));
  return [
    `| ${digits(row.fastest ?? row.value)}`,
    optional(row.median),
    spread,
    optional(row.peak),
    row.ratio === undefined ? "" : `${(100 * row.ratio).toFixed(0)} %`,
  ];
}

/** Three digits that count, and whole thousands in groups. */
export function digits(value: number): string {
  if (value === 0) return "0";
  if (value >= 1000) return Math.round(value).toLocaleString("en");
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
