/**
 * Rows of cells as text, each column as wide as its widest cell; the columns of numbers are aligned on the
 * right.
 */
export function textTable(
  rows: readonly (readonly string[])[],
  numbers: (column: number) => boolean,
): string {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  const line = (row: readonly string[]) =>
    row.map((cell, column) =>
      numbers(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column]),
    );
  return rows.map((row) => line(row).join("  ").trimEnd()).join("\n");
}
