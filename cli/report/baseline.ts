import type { ClassScores, TableEvaluation, TableReport, ValueScores } from "lanewise/table";

/**
 * The scores, on a test file, of what training knows without any column: always the most frequent class, with
 * the classes' shares as probabilities, or the mean of the training rows. Undefined where the report does not
 * say what that mean is. Only the scores that the page shows are real: a baseline has no confusion.
 */
export function testBaseline(
  trained: TableReport,
  { scores, predictions }: TableEvaluation,
): ClassScores | ValueScores | undefined {
  if (trained.task === "classification" && "accuracy" in scores)
    return classBaseline(trained.baseline, scores);
  const training = trained.heldOutPredictions?.targets;
  return training && trained.task === "regression"
    ? valueBaseline(mean(training), predictions.targets)
    : undefined;
}

/** The class that is the most frequent in the rows of some scores. */
export const mostFrequent = ({ classes }: ClassScores): string =>
  classes.reduce((most, each) => (each.rows > most.rows ? each : most)).label;

function classBaseline(training: ClassScores, { classes }: ClassScores): ClassScores {
  const always = mostFrequent(training);
  const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);
  const rows = sum(classes.map((each) => each.rows));
  const all = sum(training.classes.map((each) => each.rows));
  const present = classes.filter((each) => each.rows > 0);
  const losses = present.map((each) => {
    const share = (training.classes.find(({ label }) => label === each.label)?.rows ?? 0) / all;
    return -each.rows * Math.log(Math.max(1e-15, share));
  });
  return {
    accuracy: (present.find(({ label }) => label === always)?.rows ?? 0) / rows,
    balancedAccuracy: present.some(({ label }) => label === always) ? 1 / present.length : 0,
    logLoss: sum(losses) / rows,
    rocAuc: present.length > 1 ? 0.5 : Number.NaN,
    classes: [],
    calibration: [],
    confusionMatrix: [],
  };
}

function valueBaseline(guess: number, targets: readonly number[]): ValueScores {
  const middle = mean(targets);
  const squares = (from: number) => mean(targets.map((value) => (value - from) * (value - from)));
  const spread = squares(middle);
  return {
    r2: spread > 0 ? 1 - squares(guess) / spread : 0,
    rmse: Math.sqrt(squares(guess)),
    mae: mean(targets.map((value) => Math.abs(value - guess))),
  };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
