import type { Variant } from "lanewise";
import { textTable } from "../cli/text-table.js";
import type { Row } from "./results.js";

/** The rows of a suite as text: a line for each thing measured, beside each other the builds. */
export function suiteTable(rows: readonly Row[], variants: readonly Variant[]): string {
  const lines = new Map<string, Row[]>();
  for (const row of rows) {
    const key = [row.name, row.size, row.unit].join("\n");
    lines.set(key, [...(lines.get(key) ?? []), row]);
  }
  const withPeak = rows.some(({ ratio }) => ratio !== undefined);
  const head = ["", "size", "unit", ...variants.flatMap((variant) => heads(variant, withPeak))];
  const body = [...lines.values()].map((group) => {
    const [{ name, size, unit }] = group;
    return [
      name,
      size,
      unit,
      ...variants.flatMap((variant) =>
        cells(
          group.find((row) => row.variant === variant),
          withPeak,
        ),
      ),
    ];
  });
  return textTable([head, ...body], (column) => column > 2);
}

function heads(variant: Variant, withPeak: boolean): string[] {
  return withPeak
    ? [`| ${variant}: fastest`, "median", "spread", "peak", "of peak"]
    : [`| ${variant}`, "spread"];
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
