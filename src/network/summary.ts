import type { Structure } from "./structure.js";

/** A row of the table: a layer's label, its output's shape, the number of its parameters. */
interface Row {
  readonly index: string;
  readonly label: string;
  readonly shape: readonly number[];
  readonly parameters: number;
  /** What it takes, where that is not the output of the row above. */
  readonly from: string;
}

/** A table of the calls of a structure, and lines below it. */
export function summaryTable(rows: readonly Row[], lines: readonly string[]): string {
  const branches = rows.some(({ from }) => from !== "");
  const cells = [
    ["", "layer", "output", "parameters", ...(branches ? ["input"] : [])],
    ...rows.map(({ index, label, shape, parameters, from }) => [
      index,
      label,
      `[batch, ${shape.join(", ")}]`,
      String(parameters),
      ...(branches ? [from] : []),
    ]),
  ];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  const table = cells.map((row) =>
    row
      .map((cell, column) => (column === 3 ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
      .join("  "),
  );
  const rule = "-".repeat(table[0].length);
  return [table[0], rule, ...table.slice(1), rule, ...lines].join("\n");
}

/** The rows of a structure's calls. */
export function summaryRows(
  { calls, layers, shapes, inputs }: Structure,
  labelOf: (call: number) => string,
  parametersOf: (layer: number) => number,
): Row[] {
  const counted = new Set<number>();
  const before = (call: number): number => (call === 0 ? 0 : calls[call - 1].output);
  const nameOf = (tensor: number): string => {
    if (tensor < inputs.length) return inputs[tensor].name;
    const { layer } = calls.find(({ output }) => output === tensor) ?? calls[0];
    return layers[layer].name;
  };
  return calls.map(({ layer, inputs: taken, output }, i) => {
    const inRow = taken.length === 1 && taken[0] === before(i);
    // A shared layer has its parameters once.
    const parameters = counted.has(layer) ? 0 : parametersOf(layer);
    counted.add(layer);
    const { index } = layers[layer];
    const { activation = "linear" } = layers[layer].layer.config;
    return {
      index: index < 0 ? "" : String(index),
      label: activation === "linear" ? labelOf(i) : `${labelOf(i)} ${activation}`,
      shape: shapes[output],
      parameters,
      from: inRow ? "" : taken.map(nameOf).join(", "),
    };
  });
}
