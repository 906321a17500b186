import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import type { Kernels } from "../../src/core/kernels.js";
import { compileSync, instantiate, instantiateBeside, sharedMemory } from "../../src/core/wasm.js";
import { calls } from "../../src/threads/generated/calls.js";
import { CONTROL_BYTES, Queue, type QueueKernels, ROOM_BYTES } from "../../src/threads/queue.js";
import { withSharedMemory } from "../../src/threads/shared-memory.js";
import { moduleBytes } from "../support/builds.js";

/** The queue itself, between real threads and with threads that die. */

const module = compileSync(
  new Uint8Array(readFileSync(new URL("../../build/threads.wasm", import.meta.url))),
);
const CONTROL = 65_536;
const ROOMS = CONTROL + Math.ceil(CONTROL_BYTES / 64) * 64;
/** Where the chunks that are finished are counted, and those that began too early. */
const FINISHED = 1024;
const EARLY = 1028;

const workers: Worker[] = [];
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
});

/** Places of a chunk: the grain of `zero`. */
const GRAIN = 16;

/**
 * A thread with a kernel in JavaScript in the place of `zero`. Its first argument has the number of the step
 * in the upper 20 bits. It counts chunks that begin before the step before is finished, and sleeps at times.
 */
const script = `
  const { parentPort, workerData } = require("node:worker_threads");
  const { module, memory, control, room, thread, chunks, spins } = workerData;
  const words = new Int32Array(memory.buffer);
  const kernels = Object.fromEntries(
    WebAssembly.Module.imports(module).map(({ name }) => [name, () => {}]),
  );
  let random = thread * 7919 + 1;
  kernels.zero = (x) => {
    const step = x >>> 12;
    if (Atomics.load(words, ${FINISHED / 4}) < step * chunks) Atomics.add(words, ${EARLY / 4}, 1);
    random = (Math.imul(random, 1103515245) + 12345) | 0;
    if ((random >>> 8) % 20000 === 0) Atomics.wait(words, 0, 0, 0.5);
    Atomics.add(words, ${FINISHED / 4}, 1);
  };
  const queue = new WebAssembly.Instance(module, { env: { memory }, kernels }).exports;
  parentPort.postMessage("ready");
  queue.work(control, room, thread, spins);
`;

describe("a step begins when all chunks of the step before are finished", () => {
  // 1,050,000 steps in all. With few rounds of spinning threads fall asleep and are woken all the time.
  it.each([
    [1, 1000],
    [2, 1000],
    [3, 1000],
    [4, 100],
    [5, 10],
    [6, 1],
    [7, 1000],
  ])("with %i threads that spin for %i rounds", async (threads, spins) => {
    const steps = 150_000;
    const memory = sharedMemory();
    memory.grow(64);
    const words = new Int32Array(memory.buffer);
    const zero = (x: number): void => {
      if (Atomics.load(words, FINISHED / 4) < (x >>> 12) * threads) Atomics.add(words, EARLY / 4, 1);
      Atomics.add(words, FINISHED / 4, 1);
    };
    const kernels = Object.fromEntries(Object.keys(calls).map((name) => [name, () => {}]));
    const direct = { ...kernels, zero } as unknown as Kernels;
    const queue = new Queue(direct, {
      queue: instantiateBeside<QueueKernels>(module, direct, memory),
      memory,
      control: CONTROL,
      rooms: ROOMS,
      threads,
      spins,
      sleeps: true,
      now: () => performance.now(),
      end: () => {},
      least: 1e-9,
    });
    for (let thread = 1; thread < threads; thread++) {
      const room = ROOMS + thread * ROOM_BYTES;
      const workerData = { module, memory, control: CONTROL, room, thread, chunks: threads, spins };
      const worker = new Worker(script, { eval: true, workerData });
      workers.push(worker);
      await new Promise((resolve) => worker.once("message", resolve));
    }
    queue.activate(threads);
    for (let step = 0; step < steps; step++) {
      queue.kernels.zero(step * 4096, GRAIN * threads);
      if (step % 8 === 7) queue.finish();
    }
    queue.finish();
    queue.stop();
    expect(words[EARLY / 4]).toBe(0);
    expect(words[FINISHED / 4]).toBe(steps * threads);
  });
});

describe("the update of an optimizer is finished after a thread has died", () => {
  /** Words of a record, and of a thread's room: see assembly/threads/queue.ts. */
  const CLAIM = 512;
  const [HELD, END, PROGRESS, COPIES] = [128, 132, 136, 192];
  const BLOCK = 1024;
  const n = 10_000;
  const unit = 2512;
  const [begin, end] = [unit, 2 * unit];
  const scalars = [0.01, 0.9, 0.001, 0.1, 0.001, 1e-8, 1] as const;

  function machine() {
    const memory = sharedMemory();
    memory.grow(64);
    const { kernels } = instantiate(compileSync(withSharedMemory(moduleBytes("simd"))), memory);
    const slabs = [0, 1, 2, 3].map((i) => 1_000_000 + i * 65_536);
    slabs.forEach((at, i) => {
      const values = new Float32Array(memory.buffer, at, n);
      for (let j = 0; j < n; j++) values[j] = i === 3 ? ((j * 7) % 11) / 100 : ((j * 13 + i) % 17) / 10 - 0.8;
    });
    const adam = (from: number, length: number) => {
      const [w, g, m, v] = slabs.map((at) => at + 4 * from);
      kernels.adam(w, g, m, v, 0, length, ...scalars);
    };
    const state = () => slabs.map((at) => new Float32Array(memory.buffer, at, n).slice());
    return { memory, kernels, slabs, adam, state };
  }

  /** Publishes the call as four chunks of which thread 1 has claimed the second. */
  function published(updates: boolean) {
    const it = machine();
    const { memory, kernels, slabs } = it;
    const queue = instantiateBeside<QueueKernels>(module, kernels, memory);
    const view = new DataView(memory.buffer);
    const record = CONTROL + CLAIM;
    for (const [i, value] of [...slabs, 0, n].entries()) view.setInt32(record + 128 + 4 * i, value, true);
    for (const [i, value] of scalars.entries()) view.setFloat32(record + 152 + 4 * i, value, true);
    for (const i of slabs.keys()) view.setInt32(record + 256 + 4 * i, 4, true);
    queue.publish(CONTROL, calls.adam.kernel, 4, unit, n, 5, -1, 13, updates ? 0b1101 : 0);
    queue.activate(CONTROL, 2);
    view.setBigInt64(record, view.getBigInt64(record, true) & ~2n, true);
    const room = ROOMS + ROOM_BYTES;
    view.setInt32(room + HELD, 1, true);
    view.setInt32(room + END, end, true);
    return { ...it, queue, view, room };
  }

  const whole = () => {
    const { adam, state } = machine();
    adam(0, n);
    return state();
  };

  it.each([
    ["before its first block", begin, 0],
    ["within its first block", begin, BLOCK],
    ["between two blocks", begin + BLOCK, 0],
    ["within its last block", begin + 2 * BLOCK, unit - 2 * BLOCK],
    ["after its last block", end, 0],
  ])("%s, to the bit", (_, done, size) => {
    const { queue, view, room, memory, slabs, adam, state } = published(true);
    adam(begin, done - begin);
    view.setBigInt64(room + PROGRESS, (BigInt(size) << 32n) | BigInt(done), true);
    [0, 2, 3].forEach((i, copy) => {
      const values = new Float32Array(memory.buffer, slabs[i] + 4 * done, size);
      new Float32Array(memory.buffer, room + COPIES + copy * 4 * BLOCK, size).set(values);
    });
    // Half of the block is done, and the next four numbers only in part.
    adam(done, size >> 1);
    if (size) new Float32Array(memory.buffer, slabs[2] + 4 * (done + (size >> 1)), 4).fill(Number.NaN);
    expect(queue.recover(CONTROL, ROOMS, ROOM_BYTES, 2)).toBe(1);
    expect(state()).toEqual(whole());
  });

  it("but no other call is: what a half of it left cannot be known", () => {
    const { queue } = published(false);
    expect(queue.recover(CONTROL, ROOMS, ROOM_BYTES, 2)).toBe(0);
  });
});
