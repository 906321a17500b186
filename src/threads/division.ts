import type { Kernels, Pointer } from "../core/kernels.js";
import type { Gauge, ThreadedBackend, Threads } from "../core/threads.js";
import { type Experience, Measured, Turns } from "./gauge.js";
import type { calls } from "./generated/calls.js";
import type { Queue } from "./queue.js";
import { type Split, timeOf } from "./split.js";
import { splits } from "./splits.js";

/** Nanoseconds of work below which the calling thread does it alone, without asking a clock. */
const LEAST = 20_000;

export interface DivisionOptions {
  /** The number of threads, with the calling one. */
  readonly count: number;
  readonly queue: Queue;
  /** Milliseconds. */
  readonly now: () => number;
  /** Ends the threads. */
  readonly end: () => void;
}

/** Divides the calls of a backend among threads. */
export class Division implements Threads {
  readonly count: number;
  /** Ends the threads. */
  readonly dispose: () => void;
  readonly kernels: Kernels;
  readonly queued: Kernels;
  /** Whether calls are being queued. */
  private open = false;
  private readonly counts: readonly number[];
  /** Of calls that are made one by one, by kernel and length. */
  private readonly gauges = new Map<string, Gauge>();
  /** Of runs of several calls, by their length. */
  private readonly experiences = new Map<number, Experience>();
  private readonly turns = new Turns();
  private readonly queue: Queue;
  private readonly now: () => number;
  /** The workspaces of the threads after the first, and the bytes of each. */
  private workspace: Pointer = 0;
  private bytes = 0;

  constructor(
    private readonly backend: ThreadedBackend,
    { count, queue, now, end }: DivisionOptions,
  ) {
    this.count = count;
    this.queue = queue;
    this.now = now;
    this.dispose = end;
    this.queued = queue.kernels;
    this.counts = numbersTo(count);
    const { direct } = backend;
    this.kernels = Object.fromEntries(
      Object.entries(direct).map(([name, kernel]) => {
        const split = splits.get(name as keyof typeof calls);
        return [name, split ? this.dividing(name, kernel as Kernel, split) : kernel];
      }),
    ) as unknown as Kernels;
  }

  gauge(nanoseconds: number): Gauge {
    const key = Math.clz32(nanoseconds);
    const experience = this.experiences.get(key) ?? { best: undefined };
    this.experiences.set(key, experience);
    return this.measured(experience);
  }

  run(gauge: Gauge, units: number, calls: (divides: boolean) => void, isUpdate = false): void {
    const { queue, now } = this;
    if (!isUpdate) queue.check();
    if (this.open || queue.ended) {
      queue.finish();
      calls(false);
      return;
    }
    queue.activate(gauge.next());
    const began = now();
    this.open = queue.active > 1;
    try {
      calls(this.open);
    } finally {
      this.open = false;
      queue.finish();
    }
    gauge.record(now() - began, units);
  }

  finish(): void {
    this.queue.finish();
  }

  reserve(bytes: number): void {
    const each = Math.ceil(bytes / 64) * 64;
    if (each <= this.bytes) return;
    const larger = this.backend.allocate(each * (this.count - 1));
    this.queue.finish();
    if (this.workspace) this.backend.release(this.workspace);
    this.workspace = larger;
    this.bytes = each;
    this.queue.setWorkspaces(larger, each);
  }

  /** A kernel whose call is divided if it is long, and returns when it is done. */
  private dividing(name: string, kernel: Kernel, split: Split): Kernel {
    const queued = this.queued[name as keyof Kernels] as Kernel;
    return (...values) => {
      const nanoseconds = timeOf(split, values, this.queue.read);
      if (nanoseconds < LEAST) kernel(...values);
      else
        this.run(
          this.gaugeOf(name, nanoseconds),
          nanoseconds,
          (divides) => (divides ? queued : kernel)(...values),
          split.updates !== undefined,
        );
    };
  }

  private measured(experience?: Experience): Gauge {
    const { counts, now, turns } = this;
    return new Measured({ counts, now, turns, ...(experience && { experience }) });
  }

  /** The gauge of calls of a kernel that take about so long. */
  private gaugeOf(name: string, nanoseconds: number): Gauge {
    const key = `${name} ${Math.clz32(nanoseconds)}`;
    const found = this.gauges.get(key) ?? this.measured();
    this.gauges.set(key, found);
    return found;
  }
}

type Kernel = (...values: number[]) => void;

/** The numbers of threads to choose from: 1, 2, 4 and so on, and all. */
function numbersTo(count: number): number[] {
  const numbers = [];
  for (let n = 1; n < count; n *= 2) numbers.push(n);
  return [...numbers, count];
}
