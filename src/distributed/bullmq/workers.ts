import type { Store } from "./store.js";

/** The board of workers. */
export const WORKERS = "workers";

/** Seconds between two notes of a worker, and after which one that says nothing is taken for gone. */
export const BEATS = 5;
export const SILENT = 15;

/** What a worker says of itself. */
export interface WorkerNote {
  readonly name: string;
  /** The version whose jobs it sees. */
  readonly version: string;
  readonly threads: number;
  readonly since: string;
  /** The jobs that it has ended, well or not. */
  readonly done: number;
  readonly failed: number;
}

/** The workers that have said so within the last seconds; of a version, or all. */
export async function workersOf(store: Store, version?: string): Promise<readonly WorkerNote[]> {
  const notes = [...(await store.notes(WORKERS)).values()].map((note) => JSON.parse(note) as WorkerNote);
  return notes.filter((note) => version === undefined || note.version === version);
}
