/**
 * A queue of kernel calls in shared memory, which all threads work off together. `src/threads/queue.ts` writes
 * the calls; both files describe one layout.
 *
 *      control: published | completed | active | sleepers | ...      a cache line for each
 *      records: a ring of RECORDS calls, each with its counters, its arguments and their steps
 *
 * A call is divided along one of its arguments into chunks. Threads claim chunks one by one, so a thread that
 * the system has stopped delays the chunk that it holds and no more. The thread that finishes the last chunk
 * of a call completes it, which lets all threads go on to the next: this is the only barrier.
 *
 * A claim names the number of its call. A thread that was stopped before it claimed therefore cannot take a
 * chunk of a later call that has the same place in the ring.
 */
import { call } from "../generated/calls";

/** Offsets of the counters in the control block, in bytes. Each has a cache line of its own. */
const PUBLISHED: usize = 0;
const COMPLETED: usize = 64;
/** The threads that take part: those with a lower number. */
const ACTIVE: usize = 128;
/** Threads that sleep until a call is published, and until one is completed. */
const IDLE: usize = 192;
const WAITING: usize = 256;
/** 1 when all threads shall return. */
const STOPPED: usize = 320;
/** Where the workspaces of the threads after the first begin, and the bytes of each. */
const WORKSPACES: usize = 384;
const RECORDS: usize = 512;

/** Calls in the ring, a power of two, and the bytes of each. */
const PLACES: i32 = 64;
const BYTES: usize = 384;

/** Offsets in a record. Who claims and who finishes write to different cache lines. */
/** The number of the call in the upper half, the chunks that nobody has claimed in the lower half. */
const CLAIM: usize = 0;
const KERNEL: usize = 8;
const CHUNKS: usize = 12;
/** The chunk's length, and that of all chunks together. */
const UNIT: usize = 16;
const COUNT: usize = 20;
/** Which argument is the length, which is a workspace (or -1), and how many arguments there are. */
const AXIS: usize = 24;
const WORKSPACE: usize = 28;
const WORDS: usize = 32;
/** Chunks that are not finished. */
const PENDING: usize = 64;
const ARGUMENTS: usize = 128;
/** What each argument grows by from one place along the axis to the next; 0 for most. */
const STEPS: usize = 256;

/** What a wait returns when its time is over. */
const TIMED_OUT: i32 = 2;

function recordOf(control: usize, index: i32): usize {
  return control + RECORDS + <usize>(index & (PLACES - 1)) * BYTES;
}

/** Publishes the call whose record is filled in, to be run in `chunks` chunks. Only the first thread does. */
export function publish(
  control: usize,
  kernel: i32,
  chunks: i32,
  unit: i32,
  count: i32,
  axis: i32,
  workspace: i32,
  words: i32,
): void {
  const index = atomic.load<i32>(control + PUBLISHED);
  const record = recordOf(control, index);
  store<i32>(record + KERNEL, kernel);
  store<i32>(record + CHUNKS, chunks);
  store<i32>(record + UNIT, unit);
  store<i32>(record + COUNT, count);
  store<i32>(record + AXIS, axis);
  store<i32>(record + WORKSPACE, workspace);
  store<i32>(record + WORDS, words);
  store<i32>(record + PENDING, chunks);
  atomic.store<i64>(record + CLAIM, ((<i64>index) << 32) | <i64>chunks);
  atomic.store<i32>(control + PUBLISHED, index + 1);
  wake(control + IDLE, control + PUBLISHED);
}

/** Wakes the threads that sleep on a counter, which has changed, if `sleepers` says that there are any. */
function wake(sleepers: usize, counter: usize): void {
  // A thread that falls asleep now finds that the counter has changed.
  if (atomic.load<i32>(sleepers) > 0 && atomic.xchg<i32>(sleepers, 0) > 0) atomic.notify(counter, -1);
}

/** Sets the number of threads that take part. */
export function activate(control: usize, threads: i32): void {
  if (atomic.xchg<i32>(control + ACTIVE, threads) < threads) atomic.notify(control + ACTIVE, -1);
}

/** Makes all other threads return from `work`. The queue cannot be used afterwards. */
export function stop(control: usize): void {
  atomic.store<i32>(control + STOPPED, 1);
  // A thread that is about to sleep finds that the counter has changed.
  atomic.add<i32>(control + ACTIVE, 1);
  atomic.notify(control + ACTIVE, -1);
  atomic.add<i32>(control + PUBLISHED, 1);
  atomic.notify(control + PUBLISHED, -1);
  atomic.add<i32>(control + COMPLETED, 1);
  atomic.notify(control + COMPLETED, -1);
}

/**
 * Claims and runs one chunk of the call `index`. False if none is left, or that call is over. `room` holds the
 * arguments of the chunk.
 */
function take(control: usize, index: i32, thread: i32, room: usize): bool {
  const record = recordOf(control, index);
  let claim = atomic.load<i64>(record + CLAIM);
  while (true) {
    if (<i32>(claim >> 32) !== index || <i32>claim === 0) return false;
    const found = atomic.cmpxchg<i64>(record + CLAIM, claim, claim - 1);
    if (found === claim) break;
    claim = found;
  }
  const unit = load<i32>(record + UNIT);
  const begin = (load<i32>(record + CHUNKS) - <i32>claim) * unit;
  const words = load<i32>(record + WORDS);
  for (let i = 0; i < words; i++) {
    const at = (<usize>i) << 2;
    store<i32>(room + at, load<i32>(record + ARGUMENTS + at) + begin * load<i32>(record + STEPS + at));
  }
  store<i32>(
    room + ((<usize>load<i32>(record + AXIS)) << 2),
    min<i32>(unit, load<i32>(record + COUNT) - begin),
  );
  const workspace = load<i32>(record + WORKSPACE);
  if (workspace >= 0 && thread > 0)
    store<usize>(
      room + ((<usize>workspace) << 2),
      load<usize>(control + WORKSPACES) + <usize>(thread - 1) * load<usize>(control + WORKSPACES, 4),
    );
  call(load<i32>(record + KERNEL), room);
  if (atomic.sub<i32>(record + PENDING, 1) === 1) {
    atomic.store<i32>(control + COMPLETED, index + 1);
    wake(control + WAITING, control + COMPLETED);
  }
  return true;
}

/**
 * What the first thread does: works on the queue until every published call is complete, and returns 0. Where
 * it finds nothing to claim for `spins` rounds, it sleeps until a call is completed. Returns 1, to be called
 * again, after it has slept for `timeout` nanoseconds; a thread that may not sleep passes 0.
 */
export function finish(control: usize, room: usize, spins: i32, timeout: i64): i32 {
  const published = atomic.load<i32>(control + PUBLISHED);
  let patience = spins;
  while (true) {
    const index = atomic.load<i32>(control + COMPLETED);
    if (index === published) return 0;
    if (take(control, index, 0, room)) {
      patience = spins;
      continue;
    }
    if (patience-- > 0) continue;
    if (timeout === 0) return 1;
    atomic.add<i32>(control + WAITING, 1);
    if (atomic.wait<i32>(control + COMPLETED, index, timeout) === TIMED_OUT) return 1;
  }
}

/** What the other threads do, until they are stopped. They spin for `spins` rounds before they sleep. */
export function work(control: usize, room: usize, thread: i32, spins: i32): void {
  let patience = spins;
  while (true) {
    const active = atomic.load<i32>(control + ACTIVE);
    if (atomic.load<i32>(control + STOPPED)) return;
    if (thread >= active) {
      atomic.wait<i32>(control + ACTIVE, active, -1);
      continue;
    }
    const index = atomic.load<i32>(control + COMPLETED);
    const idle = index === atomic.load<i32>(control + PUBLISHED);
    if (!idle && take(control, index, thread, room)) {
      patience = spins;
      continue;
    }
    if (patience-- > 0) continue;
    patience = spins;
    atomic.add<i32>(control + (idle ? IDLE : WAITING), 1);
    atomic.wait<i32>(control + (idle ? PUBLISHED : COMPLETED), index, -1);
  }
}
