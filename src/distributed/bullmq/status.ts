import { checkOptions } from "../../core/check.js";
import { ValueError } from "../../core/errors.js";
import type { Json } from "../canonical.js";
import type { Blobs } from "../engine.js";
import { readBlobs } from "./blobs.js";
import { connect } from "./connect.js";
import { addressOf, type Connection, checkPrefix } from "./connection.js";
import { idOfNext } from "./flow.js";
import { RUNS, type RunNote } from "./follow.js";
import { queueNames, spaceOf } from "./queue-names.js";
import { type AnswerRecord, atOf, names, parse, type RunRecord, type StepRecord } from "./records.js";
import type { Server } from "./server.js";
import { type WorkerNote, workersOf } from "./workers.js";

/** Which server is asked. */
export interface QueueOptions {
  /** Where the queue is, as for `bullmq`. */
  connection: Connection;
  /** Allows a connection beyond this machine that is not encrypted. Default: false. */
  insecure?: boolean;
  /** What the names of all keys and queues begin with, as for `bullmq`. Default: "lw". */
  prefix?: string;
  /** The folder of blobs of more than 32 MB. */
  store?: string;
}

/** A run on a server. */
export interface RunStatus {
  readonly id: string;
  readonly program: string;
  /** The version of lanewise whose workers compute it. */
  readonly version: string;
  /** When a producer last followed it, as an ISO date. */
  readonly seen: string;
  readonly state: "done" | "failed" | "running" | "gone";
  /** The number of the stage that it is at. */
  readonly stage?: number;
  /** Jobs that are done, that failed, and that are known so far. */
  readonly done: number;
  readonly failed: number;
  readonly of: number;
  /** How long it took, or has taken so far. */
  readonly seconds?: number;
  /** Why it failed. */
  readonly error?: string;
}

/** The jobs of one version of lanewise, and who computes them. */
export interface VersionStatus {
  readonly version: string;
  readonly waiting: number;
  readonly active: number;
  /** Workers that see these jobs: with none, they wait. */
  readonly workers: number;
  readonly threads: number;
}

/** What is on a queue: its runs, and the workers that take their jobs. */
export interface QueueStatus {
  /** The newest last. */
  readonly runs: readonly RunStatus[];
  readonly workers: readonly WorkerNote[];
  readonly versions: readonly VersionStatus[];
}

/**
 * Tells what runs on a server, which workers it has, and which jobs wait for a version that has none.
 *
 * @example
 * const { runs, workers } = await queueStatus({ connection: "redis://127.0.0.1:6379" });
 * for (const { id, state, done, of } of runs) console.log(id.slice(0, 12), state, done, of);
 * for (const { name, threads } of workers) console.log(name, threads);
 *
 * @throws ValueError for options; BackendError where the server cannot be used
 */
export function queueStatus(options: QueueOptions): Promise<QueueStatus> {
  return withServer("queueStatus", options, async (server) => {
    const { store } = server;
    const notes = [...(await store.notes(RUNS)).values()].map((note) => JSON.parse(note) as RunNote);
    const workers = await workersOf(store);
    const versions = [...new Set([...notes, ...workers].map(({ version }) => version))].sort();
    const runs = await Promise.all(notes.map((note) => runStatus(server, note)));
    return {
      runs: runs.sort((a, b) => (a.seen < b.seen ? -1 : 1)),
      workers: [...workers].sort((a, b) => (a.name < b.name ? -1 : 1)),
      versions: await Promise.all(versions.map((version) => versionStatus(server, version, workers))),
    };
  });
}

/** What a run has come to. */
export interface FetchedRun {
  readonly status: RunStatus;
  readonly spec: Json;
  /** What its program resulted in, if it is done. */
  readonly result?: Json;
  readonly blobs: Blobs;
}

/**
 * Fetches a run and its result by its id, or by the beginning of that.
 *
 * @example
 * const connection = "redis://127.0.0.1:6379";
 * const engine = bullmq({ connection });
 * const id = await beginSweep({ data: { file: "wine.csv", target: "cultivar" } }, { engine });
 * await engine.close();
 * const { status, result } = await fetchRun(id.slice(0, 12), { connection });
 * console.log(status.program, status.state, result); // sweep running undefined
 *
 * @throws ValueError where there is no such run, or several; BackendError where the server cannot be used
 */
export function fetchRun(id: string, options: QueueOptions): Promise<FetchedRun> {
  return withServer("fetchRun", options, async (server) => {
    const { store } = server;
    const notes = [...(await store.notes(RUNS)).values()].map((note) => JSON.parse(note) as RunNote);
    const found = notes.filter((note) => note.id.startsWith(id));
    if (found.length !== 1) {
      const there = found.length === 0 ? `there are ${notes.length} others` : `${found.length} begin so`;
      throw new ValueError(`no one run at ${server.where} has an id that begins with ${id}: ${there}`);
    }
    const [note] = found;
    const space = spaceOf(queueNames(note.version), note.id);
    const [entry, answered] = await store.read(space, [names.run, names.answer]);
    const status = await runStatus(server, note);
    const spec = entry ? parse<RunRecord>(entry).spec : null;
    const answer = answered && parse<AnswerRecord>(answered);
    if (status.state !== "done" || answer === undefined || !("result" in answer))
      return { status, spec, blobs: new Map() };
    const blobs = await readBlobs(store, space, answer.keeps, options.store);
    return { status, spec, result: answer.result, blobs };
  });
}

async function withServer<T>(
  who: string,
  options: QueueOptions,
  ask: (server: Server) => Promise<T>,
): Promise<T> {
  checkOptions(who, options, ["connection", "insecure", "prefix", "store"]);
  const address = addressOf(who, options.connection, options.insecure);
  checkPrefix(who, options.prefix);
  const server = await connect(address, options.prefix ?? "lw");
  try {
    return await ask(server);
  } finally {
    await server.close();
  }
}

async function runStatus(server: Server, note: RunNote): Promise<RunStatus> {
  const queues = queueNames(note.version);
  const space = spaceOf(queues, note.id);
  const wanted = [names.at, names.step, names.answer, names.run];
  const [position, entry, answered, ran] = await server.store.read(space, wanted);
  const at = atOf(position);
  const about = { id: note.id, program: note.program, version: note.version, seen: note.seen };
  const none = { done: 0, failed: 0, of: 0 };
  if (at === undefined) return { ...about, state: "gone", ...none };
  const answer = answered && parse<AnswerRecord>(answered);
  const ended = answer && "ended" in answer ? answer.ended : Date.now();
  const seconds = ran ? Math.max(0, ended - parse<RunRecord>(ran).began) / 1_000 : 0;
  if (at === "failed") {
    const error = answer && "error" in answer ? answer.error : "";
    return { ...about, state: at, ...none, error };
  }
  if (at === "done") return { ...about, state: at, ...none, seconds };
  const step = entry && parse<StepRecord>(entry);
  const next = await server.queue(queues.next).getJob(idOfNext(note.id, at));
  const counts = (await next?.getDependenciesCount()) ?? {};
  const done = (step?.done ?? 0) + (counts.processed ?? 0);
  const failed = (step?.failed ?? 0) + (counts.ignored ?? 0);
  const of = done + failed + (counts.unprocessed ?? 0);
  return { ...about, state: "running", stage: at, done, failed, of, seconds };
}

async function versionStatus(
  server: Server,
  version: string,
  all: readonly WorkerNote[],
): Promise<VersionStatus> {
  const { jobs, next } = queueNames(version);
  const counts = await Promise.all(
    [jobs, next].map((name) => server.queue(name).getJobCounts("waiting", "delayed", "active")),
  );
  const sum = (state: string): number => counts.reduce((total, each) => total + (each[state] ?? 0), 0);
  const workers = all.filter((worker) => worker.version === version);
  return {
    version,
    waiting: sum("waiting") + sum("delayed"),
    active: sum("active"),
    workers: workers.length,
    threads: workers.reduce((total, { threads }) => total + threads, 0),
  };
}
