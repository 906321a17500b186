import { type Backend, ValueError } from "../index.js";
import { encodeTable } from "./encode-table.js";
import { foldsOf } from "./folds.js";
import { type PreparedTable, trainOn } from "./prepare.js";
import type { TrainTableOptions } from "./train-options.js";

/** What the model of a fold, which was trained on `train`, predicts for `test`: places among the targets. */
export interface FoldPredictions {
  readonly train: Int32Array;
  readonly test: Int32Array;
  /** [test, outputs]: probabilities or values. */
  readonly outputs: Float32Array;
}

/**
 * Cuts the targets of a table into folds by the seed and, for each, trains on the others and predicts it.
 * @throws ValueError for a number of folds that the rows do not have, and as trainTable does
 */
export async function* predictFolds(
  who: string,
  backend: Backend,
  prepared: PreparedTable,
  options: TrainTableOptions,
  folds: number,
): AsyncGenerator<FoldPredictions, void, void> {
  const { table, target, targets } = prepared;
  const rows = targets.values.length;
  if (!Number.isSafeInteger(folds) || folds < 2 || folds > rows)
    throw new ValueError(
      `${who} expected folds to be an integer from 2 to the number of rows ${rows}, got ${folds}`,
    );
  const splits = foldsOf(targets, folds, options.seed ?? 1);
  for (const [fold, { train, test }] of splits.entries()) {
    const { encoding, learned } = await trainOn(backend, prepared, options, train, fold / folds, 1 / folds);
    const { model } = learned;
    try {
      const samples = encodeTable(
        encoding,
        table,
        test.map((place) => target.rows[place]),
      );
      yield { train, test, outputs: model.predict(samples) };
    } finally {
      model.dispose();
    }
  }
}
