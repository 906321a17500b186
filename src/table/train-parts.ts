import { isGap } from "../encoding/encode-values.js";
import { encodedWidth } from "../encoding/encoding.js";
import { numberFrom } from "../encoding/number-format.js";
import type { Backend, Encoding } from "../index.js";
import { type Findings, findColumnsOf } from "./columns.js";
import { HeldRows, HoldOut, type PartTargets } from "./held-rows.js";
import { learnParts } from "./learn-parts.js";
import { isNoValue } from "./number-column.js";
import { OddCells } from "./odd-cells.js";
import { type OpenParts, Parts } from "./parts.js";
import { planEncoding } from "./plan.js";
import { heldOutPredictions } from "./predictions.js";
import { recipeFor } from "./recipe.js";
import { type KeptRows, Reservoir } from "./reservoir.js";
import { scoresOf } from "./scores.js";
import type { Table } from "./table.js";
import { Problems } from "./table-error.js";
import { TargetCounts, type TargetFinding } from "./target.js";
import { type TrainedTable, trainedTable, trainTable } from "./train.js";
import { checkTrainOptions, columnOptions, type TrainTableOptions } from "./train-options.js";

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
/** More different cells of a target than this are no classes. */
const MOST_CLASSES = 10_000;
/** With fewer targets than this among so many rows there is nothing to hold out. */
const LEAST_TARGETS = 20;

/**
 * Trains a model as `trainTable` does, on a table that is larger than memory. `open` gives its parts from the
 * first one: it is called for each pass. A first pass counts and samples rows, a second one checks every
 * cell, so that an odd one is refused before the training begins, and each epoch is a pass. What the columns
 * are and their encoding is found from a sample of 50,000 rows. A table that is no larger is trained by
 * `trainTable`. The result depends on the rows, the options and the seed alone, not on how `open` cuts them.
 *
 * @example
 * const open = () => readTableParts(createReadStream("large.csv")); // or readTableParts(file) in a page
 * const { model, report } = await trainTableParts(backend, open, { target: "price" });
 *
 * @throws TableError for a table that cannot be learned from, with everything that is wrong, and for another
 * table in a later pass; ValueError for options and for what gives no parts; the signal's reason when that
 * aborts
 */
export function trainTableParts(
  backend: Backend,
  open: OpenParts,
  options: TrainTableOptions,
): Promise<TrainedTable> {
  return trainPartsWithin(SIZES, backend, open, options);
}

/** trainTableParts, with so much of the table in memory. */
export async function trainPartsWithin(
  sizes: PartSizes,
  backend: Backend,
  open: OpenParts,
  options: TrainTableOptions,
): Promise<TrainedTable> {
  const WHO = "trainTableParts";
  checkTrainOptions(WHO, options);
  const { seed = 1, signal, classWeights, onProgress } = options;
  const parts = new Parts(WHO, open, signal);
  const survey = await surveyOf(parts, options, sizes.sample);
  const { sample, targets } = survey;
  if (sample.table.rows === parts.rows) return trainTable(backend, sample.table, options);

  const { findings, target } = found(WHO, parts, survey, options);
  const reader = new TargetReader(target, options.missing ?? []);
  const planned = planEncoding(sample.table, findings, reader.read(sample.table).rows);
  const width = encodedWidth(planned);
  const recipe = recipeFor(target.present);
  const held = Math.min(sizes.held, Math.floor(sizes.numbers / (width * recipe.networks)));
  const holdOut = new HoldOut(seed, recipe.networks, Math.min(1 / recipe.networks, held / target.present));
  let read = parts.rows;
  const onRows = (rows: number) => {
    read += rows;
    onProgress?.(read / (parts.rows * (2 + recipe.epochs)));
  };
  const checked = await check(WHO, parts, { planned, reader, target, holdOut, survey, options, onRows });
  const { encoding, rows, unit, odd } = checked;
  const { labels } = target;
  const classCounts = labels?.map((label) => targets.rowsOf(label));
  const learned = await learnParts(
    backend,
    { parts, encoding, predicted: { labels, unit }, holdOut, targetsOf: (part) => reader.read(part) },
    checked.held,
    recipe,
    {
      seed,
      signal,
      blockSize: Math.max(recipe.batchSize, Math.min(sizes.block, Math.floor(sizes.numbers / width))),
      classWeights: classWeights && classCounts?.map((count) => rows.length / (classCounts.length * count)),
      onRows,
    },
  );
  if (read < parts.rows * (2 + recipe.epochs)) onProgress?.(1);
  const heldTargets = checked.held.targets(labels);
  const { rows: places, outputs } = learned.heldOut ?? { rows: [], outputs: new Float32Array() };
  const always = classCounts ? classCounts.map((count) => count / rows.length) : [unit.mean];
  const { gaps: _, present: __, ...finding } = { ...target, rows };
  const result = trainedTable(
    {
      findings: { ...odd.findingsOfAll(findings), target: finding },
      encoding,
      recipe,
      learned,
      held: heldOutPredictions(heldTargets, Int32Array.from(checked.held.rows), places, outputs),
      baseline: scoresOf(heldTargets, new Array<number[]>(places.length).fill(always).flat()),
    },
    options,
  );
  return result;
}

interface Survey {
  readonly sample: KeptRows;
  readonly targets: TargetCounts;
}

/** The first pass: samples rows, and counts the cells of the target. */
async function surveyOf(
  parts: Parts,
  { target, seed = 1, missing = [] }: TrainTableOptions,
  size: number,
): Promise<Survey> {
  const reservoir = new Reservoir(size, seed);
  const targets = new TargetCounts(target, MOST_CLASSES);
  for await (const { table } of parts.read()) {
    reservoir.add(table);
    // What the target is called is checked with all other names, when rows are there.
    if (!table.columns.includes(target)) continue;
    table.column(target).forEach((cell, row) => {
      if (!isGap(cell, missing)) targets.add(cell, table.lines[row]);
    });
  }
  return { sample: reservoir.rows(), targets };
}

/** A target of which only the number of rows is known. */
interface CountedTarget extends TargetFinding {
  readonly gaps: readonly string[];
  readonly present: number;
}

function found(
  who: string,
  parts: Parts,
  { sample, targets }: Survey,
  options: TrainTableOptions,
): { findings: Findings; target: CountedTarget } {
  const findings = findColumnsOf(
    {
      ...sample,
      target: (name, _isGap, given): CountedTarget => {
        const decided = targets.decide(who, parts.name, parts.rows, given);
        return { name, rows: new Int32Array(), missing: parts.rows - decided.present, ...decided };
      },
    },
    columnOptions(options),
  );
  const target = findings.target as CountedTarget;
  if (target.present < LEAST_TARGETS)
    parts.fail(
      `expected at least ${LEAST_TARGETS} rows with a target among ${parts.rows}, got ${target.present}`,
    );
  return { findings, target };
}

/** Reads the targets of parts. */
class TargetReader {
  private readonly places: ReadonlyMap<string, number>;

  constructor(
    private readonly target: CountedTarget,
    private readonly missing: readonly string[],
  ) {
    this.places = new Map(target.labels?.map((label, i) => [label, i]));
  }

  /** The rows that have a target. problems: collects cells that are no number. */
  read(part: Table, problems = new Problems()): PartTargets {
    const { name, labels, format } = this.target;
    const rows: number[] = [];
    const values: number[] = [];
    part.column(name).forEach((cell, row) => {
      if (isGap(cell, this.missing) || (!labels && isNoValue(cell))) return;
      const value = labels ? this.places.get(cell) : numberFrom(cell, format);
      if (value === undefined) {
        if (labels) return;
        const message = `target ${name}: expected a number, got ${JSON.stringify(cell)}`;
        const remedy = `missing: [${JSON.stringify(cell)}] leaves such rows out`;
        problems.add(name, message, { line: part.lines[row], remedy });
        return;
      }
      rows.push(row);
      values.push(value);
    });
    return { rows, values };
  }
}

interface CheckJob {
  readonly planned: Encoding;
  readonly reader: TargetReader;
  readonly target: CountedTarget;
  readonly holdOut: HoldOut;
  readonly survey: Survey;
  readonly options: TrainTableOptions;
  readonly onRows: (rows: number) => void;
}

/** The second pass: checks every cell, and encodes what is held out. @throws TableError with all odd cells */
async function check(
  who: string,
  parts: Parts,
  { planned, reader, target, holdOut, survey, options, onRows }: CheckJob,
) {
  const odd = new OddCells(planned, Object.keys(options.columns ?? {}), options.missing ?? []);
  const held = new HeldRows(holdOut);
  const rows = new Int32Array(target.present);
  const moments = new Moments();
  const problems = new Problems();
  let count = 0;
  for await (const { table, begin } of parts.read()) {
    const targets = reader.read(table, problems);
    for (const row of targets.rows) rows[count++] = begin + row;
    for (const value of targets.values) moments.add(value);
    const encoding = odd.look(table);
    if (encoding) held.add(encoding, table, begin, targets);
    onRows(table.rows);
  }
  odd.addProblems(problems, survey.sample.table.rows);
  problems.throwAny(who, parts.name);
  if (count !== target.present)
    parts.fail(
      `expected ${target.present} rows with a target as in the first pass, got ${count}: open must give the same table each time`,
    );
  const unit = target.labels ? { mean: 0, deviation: 1 } : moments.unit();
  return { encoding: odd.encodingOfAll(), held, rows, unit, odd };
}

/** Mean and deviation of values that come one by one (Welford 1962). */
class Moments {
  private count = 0;
  private mean = 0;
  private squares = 0;

  add(value: number): void {
    this.count++;
    const difference = value - this.mean;
    this.mean += difference / this.count;
    this.squares += difference * (value - this.mean);
  }

  /** A deviation of 0, which nothing can be divided by, counts as 1. */
  unit(): { mean: number; deviation: number } {
    const deviation = Math.sqrt(this.squares / this.count);
    return { mean: this.mean, deviation: Number.isFinite(1 / deviation) ? deviation : 1 };
  }
}
