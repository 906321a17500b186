import { BackendError } from "../core/errors.js";
import type { Kernels, Pointer } from "../core/kernels.js";
import type { LinearMemory } from "../core/memory.js";
import { type Call, calls } from "./generated/calls.js";
import { type Split, sizeOf, unitOf } from "./split.js";
import { splits } from "./splits.js";

/** What threads.wasm exports. assembly/threads/queue.ts describes the functions. */
export interface QueueKernels {
  activate(control: Pointer, threads: number): void;
  finish(control: Pointer, room: Pointer, spins: number, timeout: bigint): number;
  publish(
    control: Pointer,
    kernel: number,
    chunks: number,
    unit: number,
    count: number,
    axis: number,
    workspace: number,
    words: number,
    updated: number,
  ): void;
  recover(control: Pointer, rooms: Pointer, bytes: number, threads: number): number;
  stop(control: Pointer): void;
  work(control: Pointer, room: Pointer, thread: number, spins: number): void;
}

/** The layout of assembly/threads/queue.ts, in words of 32 bits. */
const COMPLETED = 16;
const ACTIVE = 32;
const WORKSPACES = 96;
const RECORDS = 128;
const PLACES = 64;
const WORDS = 96;
const ARGUMENTS = 32;
const STEPS = 64;

export const CONTROL_BYTES = 4 * (RECORDS + PLACES * WORDS);
/** Where a thread has the arguments of its chunk, and copies of what it updates. */
export const ROOM_BYTES = 192 + 4 * 4096;

/** Nanoseconds that a waiting thread sleeps before it looks whether the others are alive. */
const SLEEP = 5_000_000n;
/**
 * Milliseconds without progress after which a thread must have died, and how often the calling thread must
 * have looked meanwhile: a clock goes on while a machine sleeps.
 */
const PATIENCE = 2_000;
const LOOKS = 100;

const died = (what: string): BackendError =>
  new BackendError(
    `backend: a thread has died: ${what}. The weights are those after the last whole step. ` +
      "This backend goes on with one thread",
  );

export interface QueueOptions {
  readonly queue: QueueKernels;
  /** The memory of the backend. */
  readonly memory: LinearMemory;
  readonly control: Pointer;
  /** Where the threads have the arguments of their chunks, ROOM_BYTES for each. */
  readonly rooms: Pointer;
  /** The number of threads. */
  readonly threads: number;
  /** Rounds that a thread waits for before it sleeps. */
  readonly spins: number;
  /** Whether the calling thread may sleep: a page's may not. */
  readonly sleeps: boolean;
  readonly now: () => number;
  /** Ends the other threads, wherever they are. */
  readonly end: () => void;
  /** Nanoseconds of work that are worth a chunk. Tests have other ones. */
  readonly least?: number;
}

/** Writes calls of kernels into the queue that assembly/threads/queue.ts works off. */
export class Queue {
  /** Kernels whose calls go to the queue. They return before they are done, except those with a result. */
  readonly kernels: Kernels;
  /** The number of threads that take part. */
  active = 1;
  /** Whether it cannot be used any more: it was stopped, or a thread has died. */
  ended = false;
  /** What is to be thrown once. */
  private failure: BackendError | undefined;
  private readonly integers: Int32Array<ArrayBufferLike>;
  private readonly floats: Float32Array<ArrayBufferLike>;
  /** The whole memory. */
  private words: Int32Array<ArrayBufferLike>;
  /** The number of the next call. */
  private index = 0;

  constructor(
    direct: Kernels,
    private readonly options: QueueOptions,
  ) {
    const { control, memory } = options;
    this.words = new Int32Array(memory.buffer);
    this.integers = new Int32Array(memory.buffer, control, CONTROL_BYTES / 4);
    this.floats = new Float32Array(memory.buffer, control, CONTROL_BYTES / 4);
    this.integers.fill(0);
    this.integers[ACTIVE] = 1;
    // The number of a call that nobody has published stands in no record.
    for (let i = 0; i < PLACES; i++) this.integers[RECORDS + i * WORDS + 1] = -1;
    this.kernels = Object.fromEntries(
      Object.entries(direct).map(([name, kernel]) => {
        const split = splits.get(name as keyof typeof calls);
        const call: Call | undefined = calls[name as keyof typeof calls];
        return [name, split && call ? this.submitter(call, split) : this.alone(kernel)];
      }),
    ) as unknown as Kernels;
  }

  /** Sets where the threads after the first have their workspaces. */
  setWorkspaces(address: Pointer, bytes: number): void {
    this.integers[WORKSPACES] = address;
    this.integers[WORKSPACES + 1] = bytes;
  }

  /** Sets how many threads take part from now on. */
  activate(threads: number): void {
    if (threads === this.active) return;
    this.active = threads;
    this.options.queue.activate(this.options.control, threads);
  }

  /** Has the other threads return. */
  stop(): void {
    if (this.ended) return;
    this.finish();
    this.end();
  }

  /** A thread is not there any more. Without `stop` before, the next `check` throws. */
  lost(thread: number, reason: string): void {
    if (this.ended) return;
    this.end();
    this.failure = died(`thread ${thread}: ${reason}`);
  }

  /** @throws BackendError once after a thread has died */
  check(): void {
    const { failure } = this;
    this.failure = undefined;
    if (failure) throw failure;
  }

  /** Waits until every call is done. @throws BackendError when a thread has died */
  finish(): void {
    if (this.index === Atomics.load(this.integers, COMPLETED) || this.ended) return;
    const { queue, control, rooms, spins, sleeps, now } = this.options;
    const timeout = sleeps ? SLEEP : 0n;
    let since = 0;
    let looks = 0;
    let seen = -1;
    while (queue.finish(control, rooms, spins, timeout) !== 0) {
      const completed = Atomics.load(this.integers, COMPLETED);
      if (completed !== seen) {
        since = now();
        looks = 0;
      } else if (++looks > LOOKS && now() - since > PATIENCE) {
        this.abandon();
        return;
      }
      seen = completed;
    }
  }

  /** Goes on without threads that do not answer: by an error, or later if an update can be completed. */
  private abandon(): void {
    const { queue, control, rooms, threads, end } = this.options;
    const error = died(`no call was completed for ${PATIENCE / 1000} seconds`);
    end();
    const isComplete = queue.recover(control, rooms, ROOM_BYTES, threads);
    this.end();
    if (!isComplete) throw error;
    // The step is not over: the error can wait until the next one begins.
    this.failure = error;
  }

  private end(): void {
    const { queue, control, end } = this.options;
    this.ended = true;
    this.active = 1;
    queue.stop(control);
    end();
  }

  /** A kernel that the calling thread runs alone, after all that was queued before. */
  private alone(kernel: unknown) {
    return (...values: number[]) => {
      this.finish();
      return (kernel as (...values: number[]) => number)(...values);
    };
  }

  /** A kernel that is queued. */
  private submitter({ kernel, types }: Call, split: Split) {
    const { integers, floats } = this;
    const { queue, control, least } = this.options;
    const words = types.length;
    const isFloat = types.map((type) => type === "f32");
    return (...values: number[]): void => {
      if (((this.index - Atomics.load(integers, COMPLETED)) | 0) >= PLACES) this.finish();
      const at = RECORDS + (this.index & (PLACES - 1)) * WORDS;
      const axis = split.axis(values, this.read);
      const { length, steps, workspace } = axis;
      const count = values[length];
      const unit = unitOf(split, axis, values, this.read, this.active, least);
      const chunks = unit > 0 ? Math.max(1, Math.ceil(count / unit)) : 1;
      for (let i = 0; i < words; i++) {
        if (isFloat[i]) floats[at + ARGUMENTS + i] = values[i];
        else integers[at + ARGUMENTS + i] = values[i];
        integers[at + STEPS + i] = 0;
      }
      if (chunks > 1)
        for (const { parameter, isAddress, by } of steps)
          if (!isAddress || values[parameter] !== 0)
            integers[at + STEPS + parameter] = sizeOf(isAddress) * by(values, this.read);
      queue.publish(control, kernel, chunks, unit, count, length, workspace, words, updatedBy(split, values));
      this.index = (this.index + 1) | 0;
    };
  }

  /** The integer at an address, of a record that a kernel reads. */
  readonly read = (address: Pointer): number => {
    // A view of shared memory stays as it is when the memory grows.
    if (address >>> 2 >= this.words.length) this.words = new Int32Array(this.options.memory.buffer);
    return this.words[address >>> 2];
  };
}

/** A bit for each argument that the call updates, where there is one. */
function updatedBy({ updates }: Split, values: readonly number[]): number {
  let bits = 0;
  for (const i of updates ?? []) if (values[i] !== 0) bits |= 1 << i;
  return bits;
}
