/**
 * A queue of kernel calls in shared memory, which all threads work off together. `src/threads/queue.ts`
 * writes the calls; both files describe one layout.
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

/** Chunks of a call at most: they have a bit each. */
const MOST_CHUNKS: i32 = 32;

/** Calls in the ring, a power of two, and the bytes of each. */
const PLACES: i32 = 64;
const BYTES: usize = 384;

/** Offsets in a record. Who claims and who finishes write to different cache lines. */
/**
 * The number of the call in the upper half; in the lower half a bit for each chunk that nobody has claimed.
 */
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
/**
 * A bit for each argument that points to what the call changes in place and must not be left half changed.
 */
const UPDATED: usize = 36;
/** Chunks that are not finished. */
const PENDING: usize = 64;
const ARGUMENTS: usize = 128;
/** What each argument grows by from one place along the axis to the next; 0 for most. */
const STEPS: usize = 256;

/**
 * Offsets in the room of a thread. The arguments of its chunk come first. A chunk that updates in place is
 * run in blocks, of which each is copied before: if the thread dies, another one can finish the chunk.
 */
/** The number of the call of which it holds a chunk, + 1; 0 for none. */
const HELD: usize = 128;
/** Where the chunk ends. */
const END: usize = 132;
/**
 * In the lower half the first place that is not done; in the upper half how many from there were copied and
 * may be half done. One word, so that both change at once.
 */
const PROGRESS: usize = 136;
const COPIES: usize = 192;
/** The longest block, and the bytes of its copy for one argument. */
const BLOCK: i32 = 1024;
const COPY: usize = 4 * 1024;

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
  updated: i32,
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
  store<i32>(record + UPDATED, updated);
  store<i32>(record + PENDING, chunks);
  atomic.store<i64>(record + CLAIM, ((<i64>index) << 32) | (((<i64>1) << chunks) - 1));
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
 * Claims and runs one chunk of the call `index`. False if none is left, or that call is over. `room` holds
 * the arguments of the chunk.
 */
function take(control: usize, index: i32, thread: i32, room: usize): bool {
  const record = recordOf(control, index);
  // From where a thread begins to look: it gets the same part of call after call, which its cache may hold.
  const own = (thread * load<i32>(record + CHUNKS)) / atomic.load<i32>(control + ACTIVE);
  let claim = atomic.load<i64>(record + CLAIM);
  let chunk = 0;
  while (true) {
    const free = <i32>claim;
    if (<i32>(claim >> 32) !== index || free === 0) return false;
    chunk = (ctz<i32>(rotr<i32>(free, own)) + own) & (MOST_CHUNKS - 1);
    const found = atomic.cmpxchg<i64>(record + CLAIM, claim, claim ^ ((<i64>1) << chunk));
    if (found === claim) break;
    claim = found;
  }
  const unit = load<i32>(record + UNIT);
  const begin = chunk * unit;
  const size = min<i32>(unit, load<i32>(record + COUNT) - begin);
  if (load<i32>(record + UPDATED)) {
    store<i32>(room + END, begin + size);
    atomic.store<i64>(room + PROGRESS, begin);
    atomic.store<i32>(room + HELD, index + 1);
    update(control, record, thread, room, begin, begin + size);
    complete(control, record, index);
    atomic.store<i32>(room + HELD, 0);
  } else {
    run(control, record, thread, room, begin, size);
    complete(control, record, index);
  }
  return true;
}

/** One chunk of the call is finished. */
function complete(control: usize, record: usize, index: i32): void {
  if (atomic.sub<i32>(record + PENDING, 1) > 1) return;
  atomic.store<i32>(control + COMPLETED, index + 1);
  wake(control + WAITING, control + COMPLETED);
}

/** Calls the kernel for `size` places from `begin`. */
function run(control: usize, record: usize, thread: i32, room: usize, begin: i32, size: i32): void {
  const words = load<i32>(record + WORDS);
  for (let i = 0; i < words; i++) {
    const at = (<usize>i) << 2;
    store<i32>(room + at, load<i32>(record + ARGUMENTS + at) + begin * load<i32>(record + STEPS + at));
  }
  store<i32>(room + ((<usize>load<i32>(record + AXIS)) << 2), size);
  const workspace = load<i32>(record + WORKSPACE);
  if (workspace >= 0 && thread > 0)
    store<usize>(
      room + ((<usize>workspace) << 2),
      load<usize>(control + WORKSPACES) + <usize>(thread - 1) * load<usize>(control + WORKSPACES, 4),
    );
  call(load<i32>(record + KERNEL), room);
}

/** The same from `begin` to `end`, in blocks that can be finished by another thread. */
function update(control: usize, record: usize, thread: i32, room: usize, begin: i32, end: i32): void {
  while (begin < end) {
    const size = min<i32>(BLOCK, end - begin);
    if (thread > 0) {
      copyBlock(record, room, begin, size, false);
      atomic.store<i64>(room + PROGRESS, ((<i64>size) << 32) | <i64>begin);
    }
    run(control, record, thread, room, begin, size);
    begin += size;
    if (thread > 0) atomic.store<i64>(room + PROGRESS, begin);
  }
}

/** Copies a block of each argument that is updated; or copies it back. */
function copyBlock(record: usize, room: usize, begin: i32, size: i32, back: bool): void {
  let copy = room + COPIES;
  const updated = load<i32>(record + UPDATED);
  for (let i = 0; updated >> i; i++) {
    if (!((updated >> i) & 1)) continue;
    const at = load<usize>(record + ARGUMENTS + ((<usize>i) << 2)) + ((<usize>begin) << 2);
    const bytes = (<usize>size) << 2;
    if (back) copyWords(copy, at, bytes);
    else copyWords(at, copy, bytes);
    copy += COPY;
  }
}

/** Engines copy shared memory slowly: a loop takes a quarter of the time of memory.copy. */
function copyWords(from: usize, to: usize, bytes: usize): void {
  let i: usize = 0;
  for (; i + 64 <= bytes; i += 64) {
    const a = v128.load(from + i);
    const b = v128.load(from + i, 16);
    const c = v128.load(from + i, 32);
    const d = v128.load(from + i, 48);
    v128.store(to + i, a);
    v128.store(to + i, b, 16);
    v128.store(to + i, c, 32);
    v128.store(to + i, d, 48);
  }
  for (; i < bytes; i += 4) store<i32>(to + i, load<i32>(from + i));
}

/**
 * Completes a call that updates in place and that dead threads have left: also the chunks that they hold.
 * False if that cannot be done. No other thread may run any more. `rooms` has the rooms of all threads,
 * `bytes` apart.
 */
export function recover(control: usize, rooms: usize, bytes: usize, threads: i32): bool {
  const index = atomic.load<i32>(control + COMPLETED);
  const record = recordOf(control, index);
  if (!load<i32>(record + UPDATED)) return false;
  while (take(control, index, 0, rooms));
  for (let thread = 1; thread < threads; thread++) {
    const room = rooms + <usize>thread * bytes;
    if (atomic.load<i32>(room + HELD) !== index + 1) continue;
    const progress = atomic.load<i64>(room + PROGRESS);
    const begin = <i32>progress;
    const size = <i32>(progress >> 32);
    if (size) copyBlock(record, room, begin, size, true);
    update(control, record, 0, rooms, begin, load<i32>(room + END));
    complete(control, record, index);
  }
  return atomic.load<i32>(control + COMPLETED) === index + 1;
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
      // The next run may begin soon.
      if (patience-- > 0) continue;
      patience = spins;
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
