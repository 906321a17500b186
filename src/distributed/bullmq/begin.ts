import { type Done, isDone, type Job, type Stage } from "../engine.js";
import { entriesOf } from "./blobs.js";
import { addStage } from "./flow.js";
import { spaceOf } from "./queue-names.js";
import { type At, names, parse, type RunRecord, type StepRecord, textOf } from "./records.js";
import type { Site } from "./site.js";
import type { Change } from "./store.js";

/** What a stage leaves to the one that follows it. */
export interface Before {
  /** The number of the stage that follows. */
  readonly stage: number;
  /** The names of blobs that there are. */
  readonly blobs: readonly string[];
  readonly done: number;
  readonly failed: number;
  /** When the time to live of these blobs was last renewed, in seconds. */
  readonly renewed: number;
}

export const nothingBefore: Before = { stage: 0, blobs: [], done: 0, failed: 0, renewed: 0 };

/**
 * Writes a step of a run: a stage or the end, with its blobs, at once. Only if the run still is where
 * `expects` says, so that whoever comes late changes nothing.
 *
 * @returns whether it was written
 */
export async function writeStep(
  site: Site,
  run: string,
  record: RunRecord,
  step: Stage | Done,
  before: Before,
  expects: At | undefined,
): Promise<boolean> {
  const sets = new Map<string, Uint8Array | string>(await entriesOf(step.blobs, site.folder));
  const now = Math.trunc(Date.now() / 1000);
  const isOld = now - before.renewed > site.seconds / 4;
  const renews = new Set<string>();
  sets.set(names.run, textOf(record));
  if (isDone(step)) {
    const keeps = step.keeps ?? [];
    sets.set(names.at, "done").set(names.answer, textOf({ result: step.result, keeps, ended: Date.now() }));
    for (const name of keeps) renews.add(names.blob(name));
  } else {
    const { stage, done, failed } = before;
    const dropped = new Set(step.drops);
    const blobs = [...new Set([...before.blobs, ...(step.blobs?.keys() ?? [])])].filter(
      (b) => !dropped.has(b),
    );
    const written: StepRecord = {
      stage,
      state: step.state,
      reads: step.reads ?? [],
      jobs: step.jobs.length,
      blobs,
      done,
      failed,
      renewed: isOld ? now : before.renewed,
    };
    sets.set(names.at, String(stage)).set(names.step, textOf(written)).set(names.jobs, textOf(step.jobs));
    if (isOld) for (const name of blobs) renews.add(names.blob(name));
  }
  for (const name of sets.keys()) renews.delete(name);
  const change: Change = {
    expects: { name: names.at, text: expects === undefined ? undefined : String(expects) },
    sets,
    renews: [...renews],
    seconds: site.seconds,
  };
  return site.server.store.change(spaceOf(site.queues, run), change);
}

/** Adds the flow of the stage at which a run is. It does nothing where that flow is there. */
export async function addFlowOf(site: Site, run: string, stage: number): Promise<void> {
  const { server, queues } = site;
  const [jobs, record] = await server.store.read(spaceOf(queues, run), [names.jobs, names.run]);
  if (jobs === undefined || record === undefined) return;
  await addStage(server, queues, run, stage, parse<Job[]>(jobs), parse<RunRecord>(record).audit);
}
