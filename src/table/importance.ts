import { purposes, RandomStream } from "../core/random.js";
import { widthOf } from "../encoding/encoding.js";
import { ValueError } from "../index.js";
import { type EvaluateTableOptions, examplesOf, outputsOf, type TableModel } from "./evaluate.js";
import { mainScoreOf } from "./scores.js";
import type { Table } from "./table.js";

/** The options of `permutationImportance`. */
export interface PermutationImportanceOptions extends EvaluateTableOptions {
  /** How often each column is shuffled. Default 5. */
  repeats?: number;
}

/** What a column is worth to a model. */
export interface ColumnImportance {
  readonly column: string;
  /** How much accuracy or R² falls when the column is shuffled: the mean over the repeats. */
  readonly importance: number;
  /** The standard deviation over the repeats. */
  readonly deviation: number;
}

/**
 * The importance of each column of a model's encoding, the largest first: how much accuracy or R² falls when
 * the values of that column change places between the rows (Breiman 2001, "Random forests", section 10). Take
 * a table that the model was not trained on. Of two columns that say the same, each may seem to be worth
 * little.
 *
 * @example
 * const table = await readTable(await readFile("iris.csv"));
 * const { train, test } = trainTestSplit(table.rows, { seed: 1, stratify: table.column("species") });
 * const { model } = await trainTable(backend, table.take(train), { target: "species" });
 * const columns = permutationImportance(model, table.take(test), { target: "species" });
 * console.log(columns[0].column.startsWith("petal")); // true
 *
 * @throws as evaluateTable does; ValueError for repeats
 */
export function permutationImportance(
  model: TableModel,
  table: Table,
  options: PermutationImportanceOptions,
): ColumnImportance[] {
  const WHO = "permutationImportance";
  const { encoding, samples, targets } = examplesOf(WHO, model, table, options, ["repeats"]);
  const { seed = 1, repeats = 5 } = options;
  if (!(Number.isSafeInteger(repeats) && repeats > 0))
    throw new ValueError(`${WHO} expected repeats to be a positive integer, got ${repeats}`);
  const rows = targets.values.length;
  const width = samples.length / rows;
  const score = mainScoreOf(targets, outputsOf(WHO, model, samples, targets));
  let begin = 0;
  const found = encoding.columns.map(({ name, features }, column) => {
    const end = features.reduce((place, feature) => place + widthOf(feature), begin);
    const falls = Array.from({ length: repeats }, (_, repeat) => {
      const order = shuffled(rows, new RandomStream(seed, purposes.importance, column * repeats + repeat));
      const changed = samples.slice();
      order.forEach((from, row) => {
        changed.set(samples.subarray(from * width + begin, from * width + end), row * width + begin);
      });
      return score - mainScoreOf(targets, outputsOf(WHO, model, changed, targets));
    });
    begin = end;
    const importance = falls.reduce((sum, fall) => sum + fall, 0) / repeats;
    const squares = falls.reduce((sum, fall) => sum + (fall - importance) * (fall - importance), 0);
    return { column: name, importance, deviation: Math.sqrt(squares / repeats) };
  });
  return found.sort((a, b) => b.importance - a.importance);
}

/** The numbers below n in an order that the stream decides (Fisher and Yates). */
function shuffled(n: number, stream: RandomStream): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(stream.uniform(i) * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
