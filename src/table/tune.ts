import { checkCount } from "../core/check.js";
import type { AbortSignalLike } from "../core/platform.js";
import { purposes, RandomStream } from "../core/random.js";
import { exp, log } from "../core/reproducible-math.js";
import { type Backend, NonFiniteError, ValueError } from "../index.js";
import type { CrossValidateOptions } from "./cross-validate.js";
import type { TableSource } from "./decode.js";
import { targetsOf } from "./folds.js";
import { momentsOf } from "./plan.js";
import { predictFolds } from "./predict-folds.js";
import { type PreparedTable, prepareTable } from "./prepare.js";
import { recipeFor, type TableRecipe } from "./recipe.js";
import { lossesOf } from "./scores.js";
import type { Table } from "./table.js";
import { checkTrainOptions } from "./train-options.js";

export interface TuneTableOptions extends CrossValidateOptions {
  /** How many parts the rows are cut into. Default 3. */
  folds?: number;
  /** How long to search, by the clock; a trial that is then under way is given up. Default 60. */
  seconds?: number;
  /** How many recipes to try. Default 64. */
  trials?: number;
  /** Called after each trial. */
  onTrial?: (trial: TableTrial) => void;
}

/** A recipe that was tried. */
export interface TableTrial {
  readonly recipe: TableRecipe;
  /**
   * The log loss or the mean squared error on rows that were not trained on: smaller is better. Infinity if
   * training blew up.
   */
  readonly score: number;
  /** The standard deviation of the folds' scores. */
  readonly deviation: number;
}

/** What `tuneTable` resolves to. */
export interface Tuning {
  /** What `trainTable` takes as its option `recipe`. */
  readonly recipe: TableRecipe;
  /** The recipes that were tried, in order. The first is the default; undone ones are left out. */
  readonly trials: readonly TableTrial[];
}

/** Networks of a model that only tells whether a recipe is worth a closer look. */
const FEW_NETWORKS = 2;
/** One recipe in this many is tried again with all networks. */
const DRAWN_A_FINALIST = 8;

/**
 * Searches a recipe for a table by cross-validation: the default first, then recipes that the seed draws,
 * with few networks each; then the best of these with all networks, on the folds of the default. It prefers a
 * recipe to the default only if its loss is smaller by more than one standard error of the difference over
 * the rows. Entries of the option `recipe` stay as they are. If `seconds` does not end it, the result depends
 * on the table, the options and the seed alone.
 *
 * @example
 * const table = await readTable(await readFile("iris.csv"));
 * const { recipe } = await tuneTable(backend, table, { target: "species", trials: 2, folds: 2 });
 * const { model } = await trainTable(backend, table, { target: "species", recipe });
 *
 * @throws as crossValidate does
 */
export async function tuneTable(
  backend: Backend,
  source: Table | TableSource,
  options: TuneTableOptions,
): Promise<Tuning> {
  const WHO = "tuneTable";
  checkTrainOptions(WHO, options, ["folds", "seconds", "trials", "onTrial"]);
  const { folds = 3, seed = 1, seconds = 60, trials = 64, onTrial, onProgress, signal } = options;
  if (!(typeof seconds === "number" && seconds > 0))
    throw new ValueError(`${WHO} expected seconds to be a number above 0, got ${seconds}`);
  checkCount(WHO, "trials", trials);
  const clock = new Clock(seconds, signal);
  const prepared = await prepareTable(WHO, source, options);
  const start = recipeFor(prepared.targets.values.length, options.recipe);
  const fixed = Object.entries(options.recipe ?? {}).filter(([, value]) => value !== undefined);
  const done: TableTrial[] = [];
  const attempt = async (recipe: TableRecipe, splitBy: number): Promise<Scored> => {
    const { onProgress: _, ...others } = options;
    const given = { ...others, recipe, seed: splitBy, signal: clock };
    const scored = await score(WHO, backend, prepared, given, folds);
    done.push(scored.trial);
    onTrial?.(scored.trial);
    onProgress?.(Math.min(1, Math.max(done.length / (trials + finalistsOf(trials - 1)), clock.part)));
    return scored;
  };
  let best: Scored | undefined;
  try {
    const first = await attempt(start, seed);
    best = first;
    const full = clock.part;
    const networks = Math.min(FEW_NETWORKS, start.networks);
    // The best of those that are drawn are good by luck, too: the closer look at them takes other folds.
    const otherSeed = seed === 0 ? 1 : -seed;
    const drawn: TableTrial[] = [];
    for (let i = 1; i < trials && clock.part + finalistsOf(i) * full < 1; i++) {
      const recipe = { ...draw(start, seed, i), ...Object.fromEntries(fixed), networks };
      drawn.push((await attempt(recipe, otherSeed)).trial);
    }
    drawn.sort((a, b) => a.score - b.score);
    for (const { recipe } of drawn.slice(0, finalistsOf(drawn.length))) {
      const scored = await attempt({ ...recipe, networks: start.networks }, seed);
      if (scored.trial.score < best.trial.score && isBetter(scored.losses, first.losses)) best = scored;
    }
  } catch (thrown) {
    if (thrown !== clock.end) throw thrown;
  }
  onProgress?.(1);
  return { recipe: best?.trial.recipe ?? start, trials: done };
}

/** How many of the recipes that were drawn get the closer look. */
const finalistsOf = (drawn: number): number => Math.ceil(drawn / DRAWN_A_FINALIST);

interface Scored {
  readonly trial: TableTrial;
  /** Of each row that was tested. */
  readonly losses: readonly number[];
}

/** Cross-validates a recipe. */
async function score(
  who: string,
  backend: Backend,
  prepared: PreparedTable,
  options: CrossValidateOptions & { recipe: TableRecipe },
  folds: number,
): Promise<Scored> {
  const { recipe } = options;
  const losses: number[] = [];
  const means: number[] = [];
  try {
    for await (const { test, outputs } of predictFolds(who, backend, prepared, options, folds)) {
      const ofFold = lossesOf(targetsOf(prepared.targets, test), outputs);
      for (const loss of ofFold) losses.push(loss);
      means.push(momentsOf(ofFold).mean);
    }
  } catch (thrown) {
    if (!(thrown instanceof NonFiniteError)) throw thrown;
    return { trial: { recipe, score: Number.POSITIVE_INFINITY, deviation: 0 }, losses: [] };
  }
  return {
    trial: { recipe, score: momentsOf(losses).mean, deviation: momentsOf(means).deviation },
    losses,
  };
}

/** Whether losses of rows are smaller than others by more than the standard error of the difference. */
function isBetter(losses: readonly number[], others: readonly number[]): boolean {
  if (losses.length !== others.length) return losses.length > 0;
  const { mean, deviation } = momentsOf(losses.map((loss, row) => others[row] - loss));
  return mean > deviation / Math.sqrt(losses.length);
}

const HIDDEN = [[], [16], [32], [64], [128], [256], [32, 32], [64, 64], [128, 128], [64, 64, 64]];
const BATCHES = [0.5, 1, 2, 4];

/** Recipe `index` of those that a seed draws around a recipe. */
function draw(start: TableRecipe, seed: number, index: number): TableRecipe {
  const stream = new RandomStream(seed, purposes.tuning, index);
  const pick = <Value>(i: number, values: readonly Value[]): Value =>
    values[Math.floor(stream.uniform(i) * values.length)];
  /** Uniform on a logarithmic scale. */
  const between = (i: number, least: number, most: number): number =>
    rounded(least * exp(stream.uniform(i) * log(most / least)));
  return {
    ...start,
    hidden: pick(0, HIDDEN),
    learningRate: between(1, 0.0005, 0.02),
    weightDecay: between(2, 0.001, 1),
    dropout: rounded(0.4 * stream.uniform(3)),
    batchSize: Math.max(1, start.batchSize * pick(4, BATCHES)),
  };
}

/** To two digits, which are enough and good to read. */
const rounded = (value: number): number => Number(value.toPrecision(2));

/** A signal that ends what runs when the time is up, or when another signal does. */
class Clock implements AbortSignalLike {
  /** What it ends with when the time is up. */
  readonly end = new Error("the time is up");
  private readonly begin = performance.now();

  constructor(
    private readonly seconds: number,
    private readonly signal: AbortSignalLike | undefined,
  ) {}

  /** The part of the time that is over. */
  get part(): number {
    return (performance.now() - this.begin) / 1000 / this.seconds;
  }

  get aborted(): boolean {
    return this.signal?.aborted || this.part > 1;
  }

  get reason(): unknown {
    return this.signal?.aborted ? this.signal.reason : this.part > 1 ? this.end : undefined;
  }

  throwIfAborted(): void {
    this.signal?.throwIfAborted();
    if (this.part > 1) throw this.end;
  }

  addEventListener(type: "abort", listener: () => void): void {
    this.signal?.addEventListener(type, listener);
  }

  removeEventListener(type: "abort", listener: () => void): void {
    this.signal?.removeEventListener(type, listener);
  }
}
