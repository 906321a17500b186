import { setTimeout as sleep } from "node:timers/promises";
import { BackendError } from "../../core/errors.js";
import type { Finished, Program, Progress, Run, RunOptions } from "../engine.js";
import { addFlowOf, nothingBefore, writeStep } from "./begin.js";
import { readBlobs } from "./blobs.js";
import { idOfNext } from "./flow.js";
import { spaceOf } from "./queue-names.js";
import {
  type AnswerRecord,
  type At,
  atOf,
  names,
  parse,
  type RunRecord,
  type StepRecord,
} from "./records.js";
import { isFull, isPassing } from "./server.js";
import type { Site } from "./site.js";
import { workersOf } from "./workers.js";

/** The board of runs. */
export const RUNS = "runs";

export interface RunNote {
  readonly id: string;
  readonly version: string;
  readonly program: string;
  /** When a producer last followed it. */
  readonly seen: string;
}

export interface Following extends Pick<RunOptions, "blobs" | "take" | "onProgress"> {
  readonly run: Run;
  readonly program: Program;
  readonly audit: number;
  /** Seconds for which the server may not answer. */
  readonly patience: number;
  readonly signal: AbortSignal;
}

/** Milliseconds between two looks at a run: at first, and at most. */
const FIRST_LOOK = 5;
const LAST_LOOK = 250;
/** Milliseconds between two looks at its jobs, which cost more. */
const CARES = 300;

/**
 * Follows a run to its end: begins it where it is not there, and adds what the server lost. It asks for
 * states and waits for no events, since queues lose them.
 */
export async function follow(site: Site, following: Following): Promise<Finished> {
  const follower = new Follower(site, following);
  const { signal, patience } = following;
  let answered = performance.now();
  let pause = FIRST_LOOK;
  for (;;) {
    signal.throwIfAborted();
    try {
      const finished = await abortable(follower.look(), signal);
      if (finished) return finished;
      answered = performance.now();
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof RunError) throw error.reason;
      const { kind, where } = site.server;
      if (isFull(error))
        throw new BackendError(
          `the ${kind} at ${where} is full, so that the run cannot go on (${(error as Error).message}): give it ` +
            "more memory or disk and run this again; what is computed stays",
          { cause: error },
        );
      if (!isPassing(error)) throw error;
      if (performance.now() - answered > patience * 1_000)
        throw new BackendError(
          `the ${kind} at ${where} has not answered for ${patience} s (${(error as Error).message}): the run ` +
            "may go on there; run this again to get its result",
          { cause: error },
        );
    }
    await sleep(pause, undefined, { signal }).catch(() => undefined);
    pause = Math.min(pause * 1.5, LAST_LOOK);
  }
}

/** Begins a run, or has it go on if it has failed, and does not wait for its end. */
export async function beginRun(site: Site, following: Following): Promise<void> {
  try {
    await new Follower(site, following).look();
  } catch (error) {
    throw error instanceof RunError ? error.reason : error;
  }
}

/** Ends a wait for a server at once when the signal fires. */
async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: (() => void) | undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([promise, stopped]);
  } finally {
    if (stop) signal.removeEventListener("abort", stop);
    promise.catch(() => undefined);
  }
}

/** An error of the run, and not of the way to it. */
class RunError extends Error {
  constructor(readonly reason: unknown) {
    super("the run failed");
  }
}

class Follower {
  private readonly space: string;
  private readonly id: string;
  /** Whether a failure is one of this time: earlier ones are tried again. */
  private hasBegun = false;
  private cared = Number.NEGATIVE_INFINITY;
  /** The stage whose flow was not on the queue when it was last looked for. */
  private missed: At | undefined;
  private told = "";
  /** How many of the blobs of the result are handed over. */
  private taken = 0;

  constructor(
    private readonly site: Site,
    private readonly following: Following,
  ) {
    this.id = following.run.id;
    this.space = spaceOf(site.queues, this.id);
  }

  /** Looks where the run is, and does what it needs. */
  async look(): Promise<Finished | undefined> {
    const { store } = this.site.server;
    const [position] = await store.read(this.space, [names.at]);
    const at = atOf(position);
    if (at === "done") return this.finish();
    if (at === "failed") await this.failed();
    else if (at === undefined) await this.begin(undefined);
    else if (performance.now() - this.cared > CARES) await this.care(at);
    this.hasBegun = true;
    return undefined;
  }

  private async begin(expects: At | undefined): Promise<void> {
    const { run, program, audit, blobs: given = [] } = this.following;
    const first = await this.ofProgram(() => program.start(run.spec));
    const step = { ...first, blobs: new Map([...given, ...(first.blobs ?? [])]) };
    const record: RunRecord = { program: run.program, spec: run.spec, audit, began: Date.now() };
    const isFirst = await writeStep(this.site, this.id, record, step, nothingBefore, expects);
    if (isFirst && !("result" in step)) await addFlowOf(this.site, this.id, 0);
    await this.note();
  }

  private async ofProgram<T>(call: () => T | Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw new RunError(error);
    }
  }

  private async finish(): Promise<Finished | undefined> {
    const { store } = this.site.server;
    const [entry] = await store.read(this.space, [names.answer]);
    const answer = entry && parse<AnswerRecord>(entry);
    const keeps = answer && "keeps" in answer ? answer.keeps : [];
    const { take } = this.following;
    const blobs = take ? new Map() : await readBlobs(store, this.space, keeps, this.site.folder);
    const areThere = take ? await this.handOver(keeps) : blobs.size === new Set(keeps).size;
    if (answer && "result" in answer && areThere) {
      await this.tellEnd();
      return { result: answer.result, blobs };
    }
    // Its time to live ran out while it was read.
    await this.begin("done");
    return undefined;
  }

  /** Hands blobs over one by one, after those of earlier looks; false if one is not there. */
  private async handOver(keeps: readonly string[]): Promise<boolean> {
    while (this.taken < keeps.length) {
      const name = keeps[this.taken];
      const bytes = (await readBlobs(this.site.server.store, this.space, [name], this.site.folder)).get(name);
      if (!bytes) return false;
      await this.ofProgram(() => this.following.take?.(name, bytes));
      this.taken++;
    }
    return true;
  }

  private async failed(): Promise<void> {
    const { store } = this.site.server;
    const [entry] = await store.read(this.space, [names.answer]);
    const answer = entry && parse<AnswerRecord>(entry);
    if (answer === undefined || !("error" in answer)) return this.begin("failed");
    if (this.hasBegun) throw new RunError(new Error(answer.error));
    const again = await store.change(this.space, {
      expects: { name: names.at, text: "failed" },
      sets: new Map([[names.at, String(answer.stage)]]),
      drops: [names.answer],
      seconds: this.site.seconds,
    });
    if (again) await addFlowOf(this.site, this.id, answer.stage);
  }

  /** Adds the flow of a stage if the server has lost it, and tells how far it is. */
  private async care(at: number): Promise<void> {
    const { server, queues } = this.site;
    // A server that is full refuses this, and tells so.
    await this.note();
    const next = await server.queue(queues.next).getJob(idOfNext(this.id, at));
    if (next === undefined) {
      // Whoever ends a stage writes first and adds then, so it is lost only if it is missing twice.
      if (this.missed === at || !this.hasBegun) await addFlowOf(this.site, this.id, at);
      this.missed = at;
    } else {
      this.missed = undefined;
      if (await next.isFailed()) {
        await next.remove();
        if (this.hasBegun)
          throw new RunError(new Error(`the end of stage ${at} failed: ${next.failedReason}`));
        await addFlowOf(this.site, this.id, at);
      } else await this.tell(next);
    }
    this.cared = performance.now();
  }

  /** Tells others that there is a producer of this run. */
  private note(): Promise<void> {
    const { run } = this.following;
    const { server, queues, seconds } = this.site;
    const note: RunNote = {
      id: this.id,
      version: queues.version,
      program: run.program,
      seen: new Date().toISOString(),
    };
    return server.store.post(RUNS, this.space, JSON.stringify(note), seconds);
  }

  private async tell(next: { getDependenciesCount(): Promise<Counts> }): Promise<void> {
    if (!this.following.onProgress) return;
    const { store } = this.site.server;
    const [counts, [entry], workers] = await Promise.all([
      next.getDependenciesCount(),
      store.read(this.space, [names.step]),
      workersOf(store, this.site.queues.version),
    ]);
    if (entry === undefined) return;
    const step = parse<StepRecord>(entry);
    const { processed = 0, ignored = 0, unprocessed = 0 } = counts;
    const [done, failed] = [step.done + processed, step.failed + ignored];
    this.report({ done, failed, of: done + failed + unprocessed, workers: workers.length });
  }

  private async tellEnd(): Promise<void> {
    if (!this.following.onProgress || this.told === "") return;
    const { done, failed, of, workers } = JSON.parse(this.told) as Progress;
    this.report({ done: of - failed, failed, of: Math.max(of, done), workers });
  }

  private report(progress: Progress): void {
    const told = JSON.stringify(progress);
    if (told === this.told) return;
    this.told = told;
    this.following.onProgress?.(progress);
  }
}

interface Counts {
  readonly processed?: number;
  readonly ignored?: number;
  readonly unprocessed?: number;
}
