import { place } from "./place.js";
import type { Plan } from "./plan.js";
import { NONE, type Value } from "./value.js";

/** What a table of a plan shows. */
export interface TableOptions {
  /** Writes out the labels of nodes. */
  readonly labelled?: (label: string) => string;
  /** The names of values by their ids. */
  readonly names?: ReadonlyMap<number, string>;
  /** The batch size, by default the largest so far. The table allocates no memory for it. */
  readonly rows?: number | undefined;
}

/**
 * A table of the steps of a plan: what each reads and writes, where, how many bytes, and in which steps it
 * lives. Above it the bytes of all memory and, in training, of what backward needs.
 */
export function describePlan(
  plan: Plan,
  { labelled = (label) => label, names = new Map(), rows = Math.max(plan.capacity, 1) }: TableOptions = {},
): string {
  const { nodes, homes, homeOf } = plan.liveness;
  const regions = plan.regions(rows);
  const { offsets, bytes } = place(regions);
  const name = ({ id }: Value): string =>
    id === NONE.id ? "-" : (names.get(id) ?? plan.graph.values[id].kind[0] + id);
  const where = (i: number): string => {
    const { bytes, from, to } = regions[i];
    return `${offsets[i]} +${bytes} ${from}-${Math.min(to, nodes.length)}`;
  };
  const lines = [
    ["step", "operation", "reads", "writes @ offset +bytes first-last step", ""],
    ...homes.flatMap(({ value, from }, i) =>
      nodes[from]?.outputs.includes(value) ? [] : [[">", "room", "", `${name(value)} @ ${where(i)}`, ""]],
    ),
    ...nodes.map(({ op, inputs, outputs, label }, i) => [
      String(i),
      op.name,
      inputs.map(name).join(" "),
      outputs
        .map((output) => {
          const home = homeOf[output.id];
          if (home < 0) return name(output);
          const over = homes[home].value.id === output.id ? "" : ` over ${name(homes[home].value)}`;
          return `${name(output)}${over} @ ${where(home)}`;
        })
        .join(", "),
      [regions[homes.length + i].bytes > 0 ? `scratch @ ${where(homes.length + i)}` : "", labelled(label)]
        .filter(Boolean)
        .join(" "),
    ]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => line[column].length)));
  const needed = plan.bytesKept(rows);
  return [
    `${bytes} bytes for ${rows} ${rows === 1 ? "sample" : "samples"}${needed > 0 ? `; backward needs ${needed} bytes of the values of forward` : ""}`,
    ...lines.map((line) =>
      line
        .map((cell, i) => (i === 0 ? cell.padStart(widths[0]) : cell.padEnd(widths[i] ?? 0)))
        .join("  ")
        .trimEnd(),
    ),
  ].join("\n");
}
