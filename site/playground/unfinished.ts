import { createStore, del, get, set } from "idb-keyval";
import type { Change, WithoutPlace } from "./recipe.js";

/** A run that was left: what the browser's database keeps of it from one visit of the page to the next. */
export interface Unfinished {
  /** Of its recipe, with the changes until then. */
  readonly link: string;
  /** Batches done of the epoch. */
  readonly batch: number;
  /** Seconds of training. */
  readonly seconds: number;
  readonly checkpoint: Uint8Array;
  /** Changes that were requested, and wait for the end of the epoch. */
  readonly waiting: readonly WithoutPlace<Change>[];
}

const KEY = "unfinished";
const store = () => createStore("lanewise-playground", "runs");

/** Writes happen in their order. A browser that keeps no data has a reload begin anew. */
let written: Promise<void> = Promise.resolve();
const write = (act: () => Promise<void>): void => {
  written = written.then(act).catch(() => {});
};

export const keepUnfinished = (run: Unfinished): void => write(() => set(KEY, run, store()));
export const forgetUnfinished = (): void => write(() => del(KEY, store()));

/** Undefined where there is none. */
export const readUnfinished = (): Promise<Unfinished | undefined> =>
  get<Unfinished>(KEY, store()).catch(() => undefined);
