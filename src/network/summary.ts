import { sizeOf } from "../graph/value.js";
import type { Structure } from "./structure.js";
import { layerOfTensor } from "./tensor-layer.js";

/** A row of the table. */
interface Row {
  /** What the layer's tensors are called by, or the input's name. */
  readonly name: string;
  readonly label: string;
  /** Of the output. */
  readonly shape: readonly number[];
  /** Undefined for an input. */
  readonly parameters: number | undefined;
  /** What it takes; undefined where that is the output of the row above, in every row. */
  readonly from: string | undefined;
}

/** A table of the calls of a structure, and lines below it. */
export function summaryTable(rows: readonly Row[], lines: readonly string[]): string {
  const branches = rows.some(({ from }) => from !== undefined);
  const cells = [
    ["", "layer", "output", "parameters", ...(branches ? ["takes"] : [])],
    ...rows.map(({ name, label, shape, parameters, from = "" }) => [
      name,
      label,
      `[batch, ${shape.join(", ")}]`,
      String(parameters ?? ""),
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
  const [head, ...body] = table.map((line) => line.trimEnd());
  return [head, rule, ...body, rule, ...lines].join("\n");
}

/** The rows of a structure's calls: of its inputs too where calls do not follow one another. */
export function summaryRows(
  structure: Structure,
  labelOf: (call: number) => string,
  parameters: readonly { readonly name: string; readonly shape: readonly number[] }[],
): Row[] {
  const { calls, layers, shapes, inputs } = structure;
  const isRow = isInRow(structure);
  const names = tensorNames(structure);
  const counts = countsOf(structure, parameters);
  const ofInputs = inputs.map(({ name, shape }) => ({
    name,
    label: "input",
    shape,
    parameters: undefined,
    from: undefined,
  }));
  const ofCalls = calls.map(({ layer, inputs: taken, output }, i) => {
    const { index, layer: made } = layers[layer];
    const { activation = "linear" } = made.config;
    const isFirst = calls.findIndex((call) => call.layer === layer) === i;
    return {
      name: index < 0 ? "" : names[output],
      label: activation === "linear" ? labelOf(i) : `${labelOf(i)} ${activation}`,
      shape: shapes[output],
      // A shared layer has its parameters once.
      parameters: isFirst ? counts[layer] : 0,
      from: isRow ? undefined : taken.map((tensor) => names[tensor]).join(", "),
    };
  });
  return isRow ? ofCalls : [...ofInputs, ...ofCalls];
}

/** A line with the outputs of a model that has several: their names, and what they are where that differs. */
export function outputsLine(structure: Structure): string[] {
  const { outputs, outputTensors } = structure;
  if (outputs.length === 1 && isInRow(structure)) return [];
  const names = tensorNames(structure);
  const each = outputs.map(({ name }, i) => {
    const tensor = names[outputTensors[i]];
    return tensor === name ? name : `${name} = ${tensor}`;
  });
  return [`outputs: ${each.join(", ")}`];
}

/** Whether each call takes the output of the one before, and the last one gives the output. */
const isInRow = ({ calls, inputs, outputTensors }: Structure): boolean =>
  inputs.length === 1 &&
  calls.length > 0 &&
  outputTensors.join() === String(calls.length) &&
  calls.every(({ inputs }, i) => inputs.join() === String(i));

/** What tensors are called in the table: by their layers, with a number from the second use of a layer on. */
function tensorNames({ calls, layers, inputs }: Structure): string[] {
  const uses = new Map<number, number>();
  const names = inputs.map(({ name }) => name);
  for (const { layer, output } of calls) {
    const use = (uses.get(layer) ?? 0) + 1;
    uses.set(layer, use);
    names[output] = use === 1 ? layers[layer].name : `${layers[layer].name} (${use})`;
  }
  return names;
}

/** The numbers of parameters of the layers. */
function countsOf(structure: Structure, parameters: Parameters<typeof summaryRows>[2]): number[] {
  const counts = structure.layers.map(() => 0);
  for (const { name, shape } of parameters) counts[layerOfTensor(structure, name)] += sizeOf(shape);
  return counts;
}
