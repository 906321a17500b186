import { type Computing, compute, hashOfOutput } from "./compute-job.js";
import { spaceOf } from "./queue-names.js";
import {
  type AuditRecord,
  atOf,
  names,
  type OutcomeRecord,
  parse,
  type QueuedJob,
  type RunRecord,
  textOf,
} from "./records.js";

/**
 * Computes a job a second time, for an audit.
 *
 * @param when "elsewhere": only if another worker was the first; "after": if somebody was; "now": anyhow
 * @returns whether it has ended: if not, it is for later, or for another worker
 * @throws Error with the reason why it fails
 */
export async function auditJob(
  at: Computing,
  queued: QueuedJob,
  when: "elsewhere" | "after" | "now",
  signal?: AbortSignal,
): Promise<boolean> {
  const { store } = at.server;
  const { stage, index } = queued;
  const space = spaceOf(at.queues, queued.run);
  const name = names.audit(stage, index);
  const wanted = [names.at, names.outcome(stage, index), names.run, name];
  const [position, outcome, record, audit] = await store.read(space, wanted);
  if (atOf(position) !== stage || record === undefined || audit !== undefined) return true;
  // Who computes it first is known when that has ended.
  const first = outcome && parse<OutcomeRecord>(outcome).worker;
  if (when !== "now" && first === undefined) return false;
  if (when === "elsewhere" && first === at.worker) return false;
  const output = await compute(at, queued, parse<RunRecord>(record), signal);
  if (output === undefined) return true;
  const written: AuditRecord = { hash: hashOfOutput(output), worker: at.worker };
  await store.change(space, {
    expects: { name: names.at, text: String(stage) },
    sets: new Map([[name, textOf(written)]]),
    seconds: at.seconds,
  });
  return true;
}

/** What two computations of a job that differ say of their workers; undefined if they agree. */
export function differenceOf(key: string, first: OutcomeRecord, second: AuditRecord): string | undefined {
  if (first.hash === second.hash) return undefined;
  return (
    `audit: job ${key.slice(0, 12)} gave two outputs: worker ${first.worker} computed ` +
    `${first.hash.slice(0, 12)}, worker ${second.worker} computed ${second.hash.slice(0, 12)}. One of these ` +
    "machines is broken, or runs something else: find out which before you use results of either"
  );
}

/** What an audit that failed says: an output that cannot be repeated is not to be trusted. */
export const failedAudit = (key: string, first: OutcomeRecord, reason: string): string =>
  `audit: worker ${first.worker} computed job ${key.slice(0, 12)}, which failed the second time: ${reason}`;
