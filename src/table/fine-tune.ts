import { show } from "../core/check.js";
import { encodedWidth } from "../encoding/encoding.js";
import { type Encoding, Model, ValueError } from "../index.js";
import type { Findings } from "./columns.js";
import type { TargetFinding } from "./target.js";
import type { TrainTableOptions } from "./train-options.js";

/** What training begins with instead of random weights: a model that `trainTable` made. */
export interface Start {
  readonly labels: readonly string[] | undefined;
  readonly encoding: Encoding;
  readonly metadata: Readonly<Record<string, string>>;
  /** Units of the hidden layers of each network. */
  readonly hidden: readonly number[];
  readonly networks: number;
  /** The weights of the networks by their names. */
  readonly parameters: ReadonlyMap<string, Float32Array>;
  /** The mean and the deviation of the values that the networks learned standardised. */
  readonly unit: { readonly mean: number; readonly deviation: number };
}

/** What the encoding of the model decides, so that no option may. */
const DECIDED = ["columns", "ignore", "dateFormat"] as const;

/** @throws ValueError for a model that `trainTable` did not make, and for options that do not fit it */
export function startFrom(who: string, options: TrainTableOptions): Start | undefined {
  const { from: model, recipe = {}, task, target } = options;
  if (model === undefined) return undefined;
  const fail = (expected: string, got: string): never => {
    throw new ValueError(`${who} expected ${expected}, got ${got}`);
  };
  if (!(model instanceof Model)) return fail("from to be a model of trainTable", show(model));
  const { encoding, labels, metadata } = model;
  const start = encoding && networksOf(model, encoding);
  if (!start) return fail("from to be a model of trainTable", encoding ? "other layers" : "no encoding");
  for (const key of DECIDED)
    if (options[key] !== undefined)
      fail("columns as the encoding of from has them", `the option ${key}; leave it out`);
  if (encoding.columns.some(({ name }) => name === target))
    fail("target to be a column that from does not read", JSON.stringify(target));
  const own = labels ? "classification" : "regression";
  if (task !== undefined && task !== own) fail(`task to be ${own}, as of from`, task);
  const { hidden, networks } = start;
  if (recipe.networks !== undefined && recipe.networks !== networks)
    fail(`recipe.networks to be ${networks}, as of from`, String(recipe.networks));
  if (recipe.hidden !== undefined && recipe.hidden.join() !== hidden.join())
    fail(`recipe.hidden to be [${hidden.join(", ")}], as of from`, `[${recipe.hidden.join(", ")}]`);
  return { labels, encoding, metadata, ...start };
}

/** The networks of a model; undefined for a model of other layers. */
function networksOf(
  model: Model,
  encoding: Encoding,
): Pick<Start, "hidden" | "networks" | "parameters" | "unit"> | undefined {
  const parameters = new Map(model.parameters.map(({ name, value }) => [name, value.data.slice()]));
  const networks = countOf((i) => parameters.has(`net${i}.output.bias`));
  const hidden = Array.from(
    { length: countOf((i) => parameters.has(`net0.hidden${i}.bias`)) },
    (_, i) => parameters.get(`net0.hidden${i}.bias`)?.length ?? 0,
  );
  const outputs = model.labels?.length ?? 1;
  const widths = [encodedWidth(encoding), ...hidden];
  const expected = Array.from({ length: networks }, (_, net) => [
    ...hidden.flatMap((units, i) => [
      `net${net}.hidden${i}.weight ${widths[i] * units}`,
      `net${net}.hidden${i}.bias ${units}`,
    ]),
    `net${net}.output.weight ${(widths.at(-1) as number) * outputs}`,
    `net${net}.output.bias ${outputs}`,
    `net${net}.linear.weight ${widths[0] * outputs}`,
  ]).flat();
  const got = Array.from(parameters, ([name, values]) => `${name} ${values.length}`);
  const buffers = new Map(model.buffers.map(({ name, value }) => [name, value.data[0]]));
  const [mean, deviation] = ["unit.mean", "unit.deviation"].map((name) => buffers.get(name));
  if (networks === 0 || expected.sort().join() !== got.sort().join()) return undefined;
  if (model.labels) return { hidden, networks, parameters, unit: { mean: 0, deviation: 1 } };
  if (mean === undefined || deviation === undefined) return undefined;
  return { hidden, networks, parameters, unit: { mean: -mean / deviation, deviation: 1 / deviation } };
}

/** How many of the numbers from 0 on have a property, up to the first that has not. */
function countOf(has: (i: number) => boolean): number {
  let count = 0;
  while (has(count)) count++;
  return count;
}

/** The findings of a table as the model has them that training begins with. */
export function findingsFor({ encoding, labels }: Start, found: Findings): Findings {
  const kinds = new Map(encoding.columns.map(({ name, kind }) => [name, kind]));
  return {
    columns: found.columns.map((column) => {
      if (column.kind === "target") return column;
      const kind = kinds.get(column.name);
      return kind
        ? {
            ...column,
            kind,
            used: true,
            reason: `is read as ${kind}, as the model has it that training began with`,
          }
        : { ...column, used: false, reason: "is not read by the model that training began with" };
    }),
    target: { ...(found.target as TargetFinding), ...(labels && { labels }) },
  };
}
