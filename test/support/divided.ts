import { readFileSync } from "node:fs";
import type { Kernels } from "../../src/core/kernels.js";
import {
  compileSync,
  type Instance,
  instantiate,
  instantiateBeside,
  sharedMemory,
  type Variant,
} from "../../src/core/wasm.js";
import type { calls } from "../../src/threads/generated/calls.js";
import { Queue, type QueueKernels } from "../../src/threads/queue.js";
import { withSharedMemory } from "../../src/threads/shared-memory.js";
import { sizeOf } from "../../src/threads/split.js";
import { splits } from "../../src/threads/splits.js";
import { type KernelName, moduleBytes } from "./builds.js";

/** Kernels whose calls are divided, on one thread: so that a failure repeats, and any call can be divided. */

type Kernel = (...values: number[]) => number | undefined;

const mapped = (kernels: Kernels, change: (kernel: Kernel, name: KernelName) => Kernel): Kernels =>
  Object.fromEntries(
    Object.entries(kernels).map(([name, kernel]) => [name, change(kernel as Kernel, name as KernelName)]),
  ) as unknown as Kernels;

/** Kernels whose calls go through the queue, divided as for several threads, all run by this one. */
export function queued(variant: Variant): Instance & { activate(threads: number): void } {
  const memory = sharedMemory();
  // The harness places its arrays at the end.
  memory.grow(1024);
  const { kernels } = instantiate(compileSync(withSharedMemory(moduleBytes(variant))), memory);
  const module = compileSync(
    new Uint8Array(readFileSync(new URL("../../build/threads.wasm", import.meta.url))),
  );
  const queue = new Queue(kernels, {
    queue: instantiateBeside<QueueKernels>(module, kernels, memory),
    memory,
    control: 8192,
    rooms: 65536,
    threads: 8,
    end: () => {},
    spins: 0,
    sleeps: false,
    now: () => 0,
    least: 0,
  });
  const done = mapped(queue.kernels, (kernel) => (...values) => {
    const value = kernel(...values);
    queue.finish();
    return value;
  });
  return { kernels: done, memory, variant, activate: (threads) => queue.activate(threads) };
}

/** Kernels whose calls are divided into `chunks` chunks, or one for each place, and run from the last. */
export function inReverse({ kernels, memory, variant }: Instance, chunks: number): Instance {
  const read = (address: number) => new DataView(memory.buffer).getInt32(address, true);
  const divided = mapped(kernels, (kernel, name) => {
    const split = splits.get(name as keyof typeof calls);
    if (!split) return kernel;
    return (...values) => {
      const { length, grain, steps } = split.axis(values, read);
      const multiple = grain(values, read);
      const unit = Math.ceil(values[length] / chunks / multiple) * multiple;
      if (!(unit > 0)) return kernel(...values);
      for (let begin = (Math.ceil(values[length] / unit) - 1) * unit; begin >= 0; begin -= unit) {
        const own = values.slice();
        own[length] = Math.min(unit, values[length] - begin);
        for (const { parameter, isAddress, by } of steps)
          if (!isAddress || values[parameter] !== 0)
            own[parameter] += begin * sizeOf(isAddress) * by(values, read);
        kernel(...own);
      }
    };
  });
  return { kernels: divided, memory, variant };
}
