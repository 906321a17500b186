import { ValueError } from "../../index.js";
import { ARITHMETIC } from "../build-hash.js";
import { hashOf, type Json } from "../canonical.js";
import type { Blobs, Context, Done, Job, Outcome, Output, Program, Stage } from "../engine.js";
import { type CheckedTraining, checkKeys, checkTraining, checkWhole } from "../sweep/check.js";
import { preparedTable, tableOf } from "../sweep/data.js";
import { refuse } from "../sweep/refuse.js";
import { searchesIn } from "../sweep/search.js";
import { type FileHash, PARTS, type Parts, type TableData, type TrainingSpec } from "../sweep/spec.js";
import { type TrainedModelFile, trainAll } from "../sweep/train.js";

/** Rows that a group needs, unless the spec says another number. */
const LEAST = 20;
/** Groups of one run. */
const MOST_GROUPS = 100_000;

/** A model for each group of rows of a table, as JSON. */
export interface ManySpec<File = string> extends TrainingSpec<File> {
  readonly data: TableData<File>;
  /** The column whose values are the groups. It is no input. */
  readonly groupBy: string;
  /** The rows that a group needs to get a model. Default 20. */
  readonly leastRows?: number;
}

/** What became of a group. */
export interface GroupResult {
  readonly group: string;
  readonly rows: number;
  readonly model?: TrainedModelFile;
  /** Why it has no model. */
  readonly why?: string;
}

/** What became of all groups. */
export interface ManyResult {
  /** In the order in which the table has them. */
  readonly groups: readonly GroupResult[];
  /** The SHA-256 of the groups as canonical JSON. */
  readonly digest: string;
}

interface CheckedMany extends CheckedTraining {
  readonly data: TableData<FileHash>;
  readonly groupBy: string;
  readonly leastRows: number;
}

type Counts = readonly (readonly [group: string, rows: number])[];
type State = { readonly counts: Counts } | null;

/** Counts the groups; then trains a model for each. */
export const manyProgram: Program<Json> = {
  name: "many",
  check: (spec) => checkMany("trainMany", spec) as unknown as Json,
  start: (spec) => ({ state: null, jobs: [jobOf(manyOf(spec))] }),
  compute: (spec, job, _reads, context) => compute(manyOf(spec), job, context),
  next: (spec, { state }, outcomes, reads) =>
    state === null
      ? trainings(manyOf(spec), outcomes[0])
      : finished(manyOf(spec), (state as unknown as NonNullable<State>).counts, outcomes, reads),
};

const manyOf = (spec: Json): CheckedMany => spec as unknown as CheckedMany;

/** @throws ValueError with the path of what is wrong */
export function checkMany(who: string, given: unknown): CheckedMany {
  if (given === null || typeof given !== "object") refuse(who, "the spec", "an object", given);
  const { groupBy, leastRows = LEAST, ...others } = given as Record<string, unknown>;
  if (typeof groupBy !== "string") refuse(who, "groupBy", "the name of a column", groupBy);
  checkWhole(who, "leastRows", leastRows, 4, Number.MAX_SAFE_INTEGER);
  const training = checkTraining(who, others);
  checkKeys(who, "data", training.data, Object.keys(training.data));
  if ("images" in training.data) refuse(who, "data", "a table, with file and target", training.data);
  if (training.data.target === groupBy) refuse(who, "groupBy", "another column than the target", groupBy);
  for (const part of PARTS) {
    const [path] = searchesIn(who, training[part], part).keys();
    if (path !== undefined)
      throw new ValueError(`${who}: ${path} expected a value, got one that is searched for`);
  }
  return { ...training, groupBy, leastRows } as CheckedMany;
}

/** The job that trains a group, or the one that counts them. */
function jobOf(spec: CheckedMany, group?: string): Job {
  const { data, groupBy, seed } = spec;
  const { file, ...reading } = data;
  const meaning = {
    program: "many",
    arithmetic: ARITHMETIC,
    data: { ...reading, file: file.sha256 },
    groupBy,
    ...(group !== undefined && { group, seed, parts: partsOf(spec) }),
  };
  const key = hashOf(JSON.parse(JSON.stringify(meaning)));
  return { key, data: group === undefined ? {} : { group, blob: `model ${key}` } };
}

const partsOf = (spec: CheckedMany): Parts => Object.fromEntries(PARTS.map((part) => [part, spec[part]]));

async function compute(spec: CheckedMany, job: Job, context: Context): Promise<Output> {
  const { data, groupBy, seed } = spec;
  const table = await tableOf(data, context);
  const cells = table.column(groupBy, "trainMany");
  const { group, blob } = job.data as { readonly group?: string; readonly blob: string };
  if (group === undefined) {
    const counts = new Map<string, number>();
    for (const cell of cells) counts.set(cell, (counts.get(cell) ?? 0) + 1);
    if (counts.size > MOST_GROUPS)
      throw new ValueError(
        `trainMany expected at most ${MOST_GROUPS} groups, got ${counts.size} values of ${groupBy}`,
      );
    return { value: [...counts] };
  }
  const rows = cells.flatMap((cell, row) => (cell === group ? [row] : []));
  const own = { ...data, ignore: [...(data.ignore ?? []), groupBy] };
  const all = await preparedTable(table.take(rows), own);
  const training = all.take(Int32Array.from(all.targets.values.keys()));
  const { file, value } = await trainAll(context.backend, partsOf(spec), training, seed);
  return { value: value as unknown as Json, blobs: new Map([[blob, file]]) };
}

function trainings(spec: CheckedMany, outcome: Outcome): Stage {
  if ("error" in outcome) throw new Error(outcome.error);
  const counts = outcome.value as unknown as Counts;
  const jobs = trained(spec, counts).map(([group]) => jobOf(spec, group));
  return {
    state: { counts } as unknown as Json,
    jobs,
    reads: jobs.map(({ data }) => (data as { readonly blob: string }).blob),
  };
}

/** The groups that have rows enough. */
const trained = ({ leastRows }: CheckedMany, counts: Counts): Counts =>
  counts.filter(([group, rows]) => group !== "" && rows >= leastRows);

function finished(spec: CheckedMany, counts: Counts, outcomes: readonly Outcome[], blobs: Blobs): Done {
  const places = new Map(trained(spec, counts).map(([group], i) => [group, i]));
  const groups = counts.map(([group, rows]): GroupResult => {
    const place = places.get(group);
    if (place === undefined) {
      const few = `expected at least ${spec.leastRows} rows, got ${rows}`;
      return { group, rows, why: group === "" ? `${spec.groupBy} is empty` : few };
    }
    const outcome = outcomes[place];
    return "error" in outcome
      ? { group, rows, why: outcome.error }
      : { group, rows, model: outcome.value as unknown as TrainedModelFile };
  });
  const result: ManyResult = { groups, digest: hashOf(groups as unknown as Json) };
  // Blobs are named by what they are of: the result calls them by their groups.
  const own = new Map(
    trained(spec, counts).flatMap(([group]) => {
      const { blob } = jobOf(spec, group).data as { readonly blob: string };
      const bytes = blobs.get(blob);
      return bytes ? [[`group ${group}`, bytes] as const] : [];
    }),
  );
  return { result: result as unknown as Json, keeps: [...own.keys()], blobs: own };
}
