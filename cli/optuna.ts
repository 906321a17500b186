import type { SweepResult, TrialResult } from "lanewise/distributed";

/** Codes of Optuna's journal, of version 3: JournalOperation. */
const CREATE_STUDY = 0;
const CREATE_TRIAL = 4;
/** States of a trial: TrialState. */
const COMPLETE = 1;
const FAIL = 3;
/** Directions of a study: StudyDirection. */
const MINIMIZE = 1;
const MAXIMIZE = 2;

/**
 * A sweep as a journal of Optuna (https://optuna.org), which its tools read by JournalStorage. Parameters
 * are categories of the values that were tried.
 */
export function optunaJournal(study: string, { trials, metric }: SweepResult, now: Date): string {
  const worker = "lanewise";
  const time = now.toISOString().replace(/Z$/, "");
  const values = valuesOf(trials);
  const direction = metric.better === "lower" ? MINIMIZE : MAXIMIZE;
  const lines = [
    { op_code: CREATE_STUDY, worker_id: worker, study_name: study, directions: [direction] },
    ...trials.map((trial) => ({
      op_code: CREATE_TRIAL,
      worker_id: worker,
      study_id: 0,
      datetime_start: time,
      datetime_complete: time,
      state: trial.score === null ? FAIL : COMPLETE,
      ...(trial.score === null ? {} : { value: trial.score }),
      params: Object.fromEntries(
        Object.entries(trial.parameters).map(([path, value]) => [
          path,
          values.get(path)?.indexOf(choiceOf(value)),
        ]),
      ),
      distributions: Object.fromEntries(
        [...values].map(([path, choices]) => [
          path,
          JSON.stringify({ name: "CategoricalDistribution", attributes: { choices } }),
        ]),
      ),
      user_attrs: { index: trial.index, ...(trial.why && { why: trial.why }) },
      system_attrs: {},
      intermediate_values: {},
    })),
  ];
  return `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`;
}

type Choice = string | number | boolean | null;

/** Categories are simple values: others as JSON. */
const choiceOf = (value: unknown): Choice =>
  value !== null && typeof value === "object" ? JSON.stringify(value) : (value as Choice);

/** The values that each parameter has, in the order of the trials. */
function valuesOf(trials: readonly TrialResult[]): Map<string, Choice[]> {
  const values = new Map<string, Choice[]>();
  for (const { parameters } of trials)
    for (const [path, value] of Object.entries(parameters)) {
      const choices = values.get(path) ?? [];
      values.set(path, choices);
      if (!choices.includes(choiceOf(value))) choices.push(choiceOf(value));
    }
  return values;
}
