import type { Json } from "../canonical.js";
import type { Job, Stage } from "../engine.js";

/** Where a run is: the number of its stage, or its end. */
export type At = number | "done" | "failed";

/** The names of what is kept of a run. */
export const names = {
  at: "at",
  run: "run",
  step: "step",
  jobs: "jobs",
  answer: "answer",
  outcome: (stage: number, index: number) => `out/${stage}/${index}`,
  audit: (stage: number, index: number) => `audit/${stage}/${index}`,
  blob: (name: string) => `blob/${name}`,
};

/** What is run, and how. */
export interface RunRecord {
  readonly program: string;
  readonly spec: Json;
  /** The share of jobs that are computed a second time. */
  readonly audit: number;
  /** When it began, in milliseconds since 1970. */
  readonly began: number;
}

/** A stage, without its jobs and blobs. */
export interface StepRecord {
  readonly stage: number;
  readonly state: Json;
  readonly reads: readonly string[];
  /** The names of all blobs of the run. */
  readonly blobs: readonly string[];
  /** The number of jobs. */
  readonly jobs: number;
  /** The jobs of earlier stages. */
  readonly done: number;
  readonly failed: number;
  /** When the time to live of what is kept was last renewed, in seconds. */
  readonly renewed: number;
}

export interface OutcomeRecord {
  readonly value: Json;
  /** The names of the blobs of the output. */
  readonly blobs: readonly string[];
  /** The hash of value and blobs. */
  readonly hash: string;
  /** The name of the worker that computed it. */
  readonly worker: string;
}

export type AuditRecord = Pick<OutcomeRecord, "hash" | "worker">;

/** How a run ended. */
export type AnswerRecord =
  | {
      readonly result: Json;
      readonly keeps: readonly string[];
      /** When it ended, in milliseconds since 1970. */
      readonly ended: number;
    }
  | { readonly error: string; readonly stage: number };

/** What a job of the queue for outputs holds. */
export interface QueuedJob {
  readonly run: string;
  readonly stage: number;
  readonly index: number;
  readonly job: Job;
  /** Whether it is the second computation of an audit. */
  readonly audit?: boolean;
}

/** What a job of the queue for ends of stages holds. */
export interface QueuedNext {
  readonly run: string;
  readonly stage: number;
}

export const textOf = (value: object): string => JSON.stringify(value);

export const parse = <T>(bytes: Buffer): T => JSON.parse(bytes.toString()) as T;

/** @returns undefined where there is no run */
export function atOf(bytes: Buffer | undefined): At | undefined {
  if (bytes === undefined) return undefined;
  const text = bytes.toString();
  return text === "done" || text === "failed" ? text : Number(text);
}

/** The first record of a stage, from what a program says. */
export const stepOf = (number: number, stage: Stage, before: Omit<StepRecord, keyof Next>): StepRecord => ({
  stage: number,
  state: stage.state,
  reads: stage.reads ?? [],
  jobs: stage.jobs.length,
  ...before,
});

type Next = Pick<StepRecord, "stage" | "state" | "reads" | "jobs">;
