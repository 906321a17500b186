import { createHash } from "node:crypto";
import type { FlowJobNode } from "bullmq";
import type { Job } from "../engine.js";
import type { QueueNames } from "./queue-names.js";
import type { QueuedJob, QueuedNext } from "./records.js";
import type { Server } from "./server.js";

/** How often a job is computed before its failure is its outcome. */
export const ATTEMPTS = 3;

/** How long a failed job waits for its next attempt, perhaps at another worker. */
export const RETRY_DELAY = 300;

const idOf = (...parts: readonly (string | number)[]): string =>
  createHash("sha256").update(parts.join("/")).digest("hex").slice(0, 40);

export const idOfNext = (run: string, stage: number): string => idOf(run, stage, "next");

export const idOfJob = (run: string, stage: number, index: number, audit = false): string =>
  idOf(run, stage, index, audit ? "audit" : "job");

/** Whether a job belongs to the share of those that are computed a second time: its key decides. */
export const isAudited = (key: string, share: number): boolean =>
  createHash("sha256").update(`audit/${key}`).digest().readUInt32LE() < share * 0x1_0000_0000;

/** Which jobs of a stage are computed for others with the same key. */
export function firstsOf(jobs: readonly Job[]): readonly number[] {
  const first = new Map<string, number>();
  return jobs.map((job, i) => {
    if (!first.has(job.key)) first.set(job.key, i);
    return first.get(job.key) ?? i;
  });
}

/**
 * Adds a stage as one flow: its jobs, and the job `next` that runs when all of them have ended, well or not.
 * Ids are hashes, so adding again does nothing while these jobs are there. Jobs are taken off the queue when
 * they have ended: what they computed is in the store.
 */
export async function addStage(
  server: Server,
  queues: QueueNames,
  run: string,
  stage: number,
  jobs: readonly Job[],
  audit: number,
): Promise<void> {
  const firsts = firstsOf(jobs);
  const children = jobs.flatMap((job, index) => {
    if (firsts[index] !== index) return [];
    const child = childOf(server.named(queues.jobs), { run, stage, index, job });
    if (!isAudited(job.key, audit)) return [child];
    return [child, childOf(server.named(queues.jobs), { run, stage, index, job, audit: true })];
  });
  const data: QueuedNext = { run, stage };
  await server.flows.add({
    name: "next",
    queueName: server.named(queues.next),
    data,
    opts: {
      jobId: idOfNext(run, stage),
      attempts: ATTEMPTS,
      backoff: { type: "fixed", delay: RETRY_DELAY },
      removeOnComplete: true,
      // Its failure is the run's, which the producer looks for.
      removeOnFail: { age: 7 * 24 * 3600, count: 1000 },
    },
    ...(children.length > 0 ? { children } : {}),
  });
}

function childOf(queueName: string, data: QueuedJob): FlowJobNode {
  return {
    name: data.audit ? "audit" : "job",
    queueName,
    data,
    opts: {
      jobId: idOfJob(data.run, data.stage, data.index, data.audit),
      attempts: ATTEMPTS,
      backoff: { type: "fixed", delay: RETRY_DELAY },
      removeOnComplete: true,
      removeOnFail: true,
      ignoreDependencyOnFailure: true,
    },
  };
}
