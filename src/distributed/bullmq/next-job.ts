import type { Job, Outcome, Program } from "../engine.js";
import { differenceOf, failedAudit } from "./audit-job.js";
import { addFlowOf, writeStep } from "./begin.js";
import { dropFiles, readBlobs } from "./blobs.js";
import { firstsOf, idOfJob, isAudited } from "./flow.js";
import { spaceOf } from "./queue-names.js";
import {
  type AnswerRecord,
  type AuditRecord,
  atOf,
  names,
  type OutcomeRecord,
  parse,
  type QueuedNext,
  type RunRecord,
  type StepRecord,
  textOf,
} from "./records.js";
import type { Site } from "./site.js";

export interface Advancing extends Site {
  /** @throws ValueError for a name that is not known */
  programOf(name: string): Program;
}

/** The reasons of jobs that failed at each attempt, by their id in the queue. */
export type Failures = () => Promise<ReadonlyMap<string, string>>;

/**
 * Ends a stage: reads the outcomes, asks the program what comes next, writes that, adds the next flow, and
 * only then drops what nothing reads any more. It can be repeated wherever it was cut off: if the answer is
 * written, it adds the flow and drops.
 *
 * @throws Error where the server fails, so that the queue repeats it
 */
export async function advance(
  at: Advancing,
  { run, stage }: QueuedNext,
  failuresOf: Failures,
): Promise<void> {
  const { store } = at.server;
  const space = spaceOf(at.queues, run);
  const wanted = [names.at, names.run, names.step, names.jobs];
  const [position, record, step, jobs] = await store.read(space, wanted);
  const where = atOf(position);
  // Its entries are gone, or it has ended.
  if (typeof where !== "number" || !record || !step || !jobs) return;
  if (where === stage + 1) await addFlowOf(at, run, where);
  if (where !== stage) return;

  const ended = await endStage(at, run, parse(record), parse(step), parse(jobs), failuresOf);
  if (ended === undefined) return;
  if (ended.goesOn) await addFlowOf(at, run, stage + 1);
  await dropFiles(store, space, ended.drops, at.folder);
  const entries = ended.drops.map(names.blob);
  const numbers = Array.from(parse<Job[]>(jobs).keys());
  entries.push(...numbers.flatMap((i) => [names.outcome(stage, i), names.audit(stage, i)]));
  if (!ended.goesOn) entries.push(names.step, names.jobs);
  await store.change(space, { drops: entries, seconds: at.seconds });
}

interface Ended {
  readonly goesOn: boolean;
  /** The names of blobs that nothing reads any more. */
  readonly drops: readonly string[];
}

/** @returns undefined if the run failed, or somebody else was faster */
async function endStage(
  at: Advancing,
  run: string,
  record: RunRecord,
  step: StepRecord,
  jobs: readonly Job[],
  failuresOf: Failures,
): Promise<Ended | undefined> {
  const { stage } = step;
  const space = spaceOf(at.queues, run);
  const found = await outcomesOf(at, run, record, stage, jobs, failuresOf);
  if (found.difference !== undefined) return fail(at, run, stage, found.difference);

  const reads = await readBlobs(at.server.store, space, step.reads, at.folder);
  const missing = step.reads.find((name) => !reads.has(name));
  // A job that failed has left no blobs, and the program knows that it failed.
  if (missing !== undefined && step.failed + found.failed === 0)
    throw new Error(
      `stage ${stage} of run ${run.slice(0, 12)} reads the blob "${missing}", which is not there`,
    );
  const program = at.programOf(record.program);
  let next: Awaited<ReturnType<Program["next"]>>;
  try {
    next = await program.next(record.spec, { state: step.state }, found.outcomes, reads);
  } catch (error) {
    // A program that fails here fails everywhere.
    return fail(at, run, stage, error instanceof Error ? error.message : String(error));
  }
  const blobs = [...new Set([...step.blobs, ...found.blobs])];
  const before = {
    stage: stage + 1,
    blobs,
    done: step.done + jobs.length - found.failed,
    failed: step.failed + found.failed,
    renewed: step.renewed,
  };
  if (!(await writeStep(at, run, record, next, before, stage))) return undefined;
  if (!("result" in next)) return { goesOn: true, drops: next.drops ?? [] };
  const keeps = new Set(next.keeps);
  return { goesOn: false, drops: blobs.filter((name) => !keeps.has(name)) };
}

interface Found {
  readonly outcomes: readonly Outcome[];
  /** The names of the blobs of outputs. */
  readonly blobs: readonly string[];
  readonly failed: number;
  /** Where two computations of a job differ, and whose they are. */
  readonly difference?: string | undefined;
}

async function outcomesOf(
  at: Advancing,
  run: string,
  { audit }: RunRecord,
  stage: number,
  jobs: readonly Job[],
  failuresOf: Failures,
): Promise<Found> {
  const { store } = at.server;
  const space = spaceOf(at.queues, run);
  const entries = await store.read(
    space,
    jobs.map((_, i) => names.outcome(stage, i)),
  );
  const firsts = firstsOf(jobs);
  const audited = jobs.flatMap(({ key }, i) => (firsts[i] === i && isAudited(key, audit) ? [i] : []));
  const audits =
    audited.length > 0
      ? await store.read(
          space,
          audited.map((i) => names.audit(stage, i)),
        )
      : [];
  const isWhole = !firsts.some((i) => entries[i] === undefined) && !audits.includes(undefined);
  const failures = isWhole ? new Map<string, string>() : await failuresOf();
  const failureOf = (index: number, isAudit: boolean): string => {
    const reason = failures.get(idOfJob(run, stage, index, isAudit));
    if (reason !== undefined) return reason;
    const what = `${isAudit ? "the audit of " : ""}job ${jobs[index].key.slice(0, 12)}`;
    throw new Error(`${what} of run ${run.slice(0, 12)} ended without an outcome`);
  };
  const records = firsts.map((i) => {
    const entry = entries[i];
    return entry && parse<OutcomeRecord>(entry);
  });
  const outcomes = records.map(
    (outcome, i): Outcome => (outcome ? { value: outcome.value } : { error: failureOf(firsts[i], false) }),
  );
  const differences = audited.flatMap((i, n) => {
    const [first, second] = [records[i], audits[n]];
    if (first === undefined) return [];
    const { key } = jobs[i];
    if (second === undefined) return [failedAudit(key, first, failureOf(i, true))];
    return differenceOf(key, first, parse<AuditRecord>(second)) ?? [];
  });
  return {
    outcomes,
    blobs: records.flatMap((outcome) => outcome?.blobs ?? []),
    failed: outcomes.filter((outcome) => "error" in outcome).length,
    difference: differences[0],
  };
}

/** Ends a run that cannot go on. What it has computed stays, for a producer that tries again. */
async function fail(at: Advancing, run: string, stage: number, error: string): Promise<undefined> {
  const answer: AnswerRecord = { error, stage };
  await at.server.store.change(spaceOf(at.queues, run), {
    expects: { name: names.at, text: String(stage) },
    sets: new Map([
      [names.at, "failed"],
      [names.answer, textOf(answer)],
    ]),
    seconds: at.seconds,
  });
}
