import { encodedWidth } from "../encoding/encoding.js";
import type { Backend } from "../index.js";
import { cuttingOf } from "./blocks.js";
import { checkParts } from "./check-parts.js";
import { HoldOut } from "./held-rows.js";
import { learnParts } from "./learn-parts.js";
import { LEAST_PARTS } from "./net.js";
import { targetNotes } from "./notes.js";
import { originOf } from "./origin.js";
import { type OpenParts, Parts } from "./parts.js";
import { heldOutPredictions } from "./predictions.js";
import { recipeFor } from "./recipe.js";
import { scoresOf } from "./scores.js";
import { type Survey, surveyParts } from "./survey-parts.js";
import { Table } from "./table.js";
import { TargetReader } from "./target-reader.js";
import { type TrainedTable, trainedTable, trainTable } from "./train.js";
import { checkTrainOptions, type TrainingOptions } from "./train-options.js";

/** How much of a table is in memory at once. */
export interface PartSizes {
  /** Rows, as text, from which it is found what the columns are. */
  readonly sample: number;
  /** Encoded rows that are shuffled together. */
  readonly block: number;
  /** Encoded rows that each network has held out, at most. */
  readonly held: number;
  /** Numbers in a block, and in all rows that are held out, at most. */
  readonly numbers: number;
}

const SIZES: PartSizes = { sample: 50_000, block: 100_000, held: 20_000, numbers: 8_000_000 };

/** A target with more of its variance between blocks changes along the table. */
const DRIFTS = 0.01;

/** The part of the work that the first two passes are, for `onProgress`. */
const CHECKING = 0.1;

const sortedNote = (drift: number, passes: number): string =>
  `the target changes along the table: ${Math.round(100 * drift)} % of its variance is between blocks of rows, so each epoch read the table ${passes} times; it is read once if its rows are in random order`;

/**
 * Trains a model as `trainTable` does, on a table that is larger than memory. `open` gives its parts from the
 * first one: it is called for each pass. A first pass counts and samples rows, a second one checks every
 * cell, so that an odd one is refused before the training begins, and each epoch is a pass, or up to ten
 * where the target changes along the table. What the columns are and their encoding is found from a sample of
 * 50,000 rows. A table that is no larger is trained by `trainTable`. The result depends on the rows, the
 * options and the seed alone, not on how `open` cuts them.
 *
 * @example
 * const open = () => readTableParts(createReadStream("iris.csv")); // or readTableParts(file) in a page
 * const { model, report } = await trainTableParts(backend, open, { target: "species" });
 * console.log(report.rows); // 150
 *
 * @throws TableError for a table that cannot be learned from, with everything that is wrong, and for another
 * table in a later pass; ValueError for options and for what gives no parts; the signal's reason when that
 * aborts
 */
export function trainTableParts(
  backend: Backend,
  open: OpenParts,
  options: TrainingOptions,
): Promise<TrainedTable> {
  return trainPartsWithin(SIZES, backend, open, options);
}

/** trainTableParts, with so much of the table in memory. */
export async function trainPartsWithin(
  sizes: PartSizes,
  backend: Backend,
  open: OpenParts,
  options: TrainingOptions,
): Promise<TrainedTable> {
  const WHO = "trainTableParts";
  checkTrainOptions(WHO, options);
  const parts = new Parts(WHO, open, options.signal);
  const survey = await surveyParts(parts, options, sizes.sample);
  if (survey instanceof Table) return trainTable(backend, survey, options);
  return trainSurveyed(backend, parts, survey, sizes, options);
}

/** The passes after the first one. Of the sample, which would take memory, the survey has nothing. */
async function trainSurveyed(
  backend: Backend,
  parts: Parts,
  survey: Survey,
  sizes: PartSizes,
  options: TrainingOptions,
): Promise<TrainedTable> {
  const { seed = 1, signal, classWeights, onProgress, recipe: given, missing = [] } = options;
  const { target, targets, classRows } = survey;
  const width = encodedWidth(survey.encoding);
  const recipe = recipeFor(targets, given);
  const heldRows = Math.min(sizes.held, Math.floor(sizes.numbers / (width * recipe.networks)));
  const most = 1 / Math.max(LEAST_PARTS, recipe.networks);
  const holdOut = new HoldOut(seed, recipe.networks, Math.min(most, heldRows / targets));
  const blockSize = Math.max(recipe.batchSize, Math.min(sizes.block, Math.floor(sizes.numbers / width)));
  /** Counts rows of a part of the work. total: times that the table is read. */
  const progress = (begin: number, share: number, total = 1) => {
    let read = 0;
    return (rows: number) => {
      read += rows;
      onProgress?.(begin + (share * read) / (parts.rows * total));
    };
  };
  const reader = new TargetReader(target, missing);
  const onRows = progress(0, CHECKING);
  const checked = await checkParts(parts, survey, options, { reader, holdOut, blockSize, onRows });
  const { encoding, findings, held, unit, drift } = checked;
  const cutting = cuttingOf(targets, blockSize, drift > DRIFTS);
  const { labels } = target;
  const always = classRows ? classRows.map((count) => count / targets) : [unit.mean];
  const source = {
    parts,
    encoding,
    predicted: { labels, unit },
    holdOut,
    targetsOf: (part: Table) => reader.read(part),
  };
  const learned = await learnParts(backend, source, held, recipe, {
    seed,
    signal,
    metadata: originOf(parts, target, always),
    cutting,
    classWeights: classWeights && classRows?.map((count) => targets / (classRows.length * count)),
    onRows: progress(CHECKING, 1 - CHECKING, recipe.epochs * cutting.passes),
  });
  onProgress?.(1);
  const { rows: places, outputs } = learned.heldOut ?? { rows: [], outputs: new Float32Array() };
  const heldTargets = { labels, values: held.values };
  return trainedTable(
    {
      findings,
      encoding,
      recipe,
      learned,
      held: heldOutPredictions(heldTargets, Int32Array.from(held.rows), places, outputs),
      baseline: scoresOf(heldTargets, new Array<number[]>(places.length).fill(always).flat()),
      notes: [
        ...targetNotes(heldTargets, classRows),
        ...(cutting.passes > 1 ? [sortedNote(drift, cutting.passes)] : []),
      ],
    },
    options,
  );
}
