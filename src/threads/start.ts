import type { Build } from "../core/build.js";
import { decode } from "../core/build.js";
import { BackendError } from "../core/errors.js";
import type { Prepared, ThreadOptions } from "../core/threads.js";
import { compile, type Instance, instantiate, instantiateBeside, sharedMemory } from "../core/wasm.js";
import { Division } from "./division.js";
import { CONTROL_BYTES, Queue, type QueueKernels, ROOM_BYTES } from "./queue.js";
import { withSharedMemory } from "./shared-memory.js";
import { checkWorker, maySleep, obstacle, parallelism, Thread } from "./workers.js";

/** "auto" stops here: more cores need larger networks than these. */
const MOST = 16;
/** Rounds that a thread waits for before it sleeps: some tens of microseconds. */
const SPINS = 20_000;
/** Bytes of a line of the cache. */
const LINE = 64;

const now = (): number => performance.now();

/** Prepares kernels on shared memory. `queueBase64` is the module of the queue. See ThreadStarter. */
export async function prepare(
  queueBase64: string,
  { threads, worker, bytes }: ThreadOptions,
): Promise<Prepared | undefined> {
  checkWorker(worker);
  const why = obstacle();
  const count = threads === "auto" ? Math.min(MOST, why ? 1 : parallelism()) : threads;
  if (count === 1 || (threads === "auto" && !bytes)) return undefined;
  if (why) throw new BackendError(`createBackend: ${threads} threads were asked for, but ${why}`);
  if (!bytes)
    throw new BackendError(
      "createBackend: threads need the bytes of the kernels, got a compiled WebAssembly.Module; pass " +
        "bytes or a URL",
    );
  const kernels = await compile(withSharedMemory(bytes));
  const queue = await compile(decode({ base64: queueBase64 } as Build));
  const memory = sharedMemory();
  const instance: Instance = instantiate(kernels, memory);
  return {
    instance,
    start: async (backend) => {
      const spins = SPINS;
      // The blocks end with the process: threads may hold on to them.
      const control = lineOf(backend.allocate(CONTROL_BYTES + LINE));
      const rooms = lineOf(backend.allocate(ROOM_BYTES * count + LINE));
      let workers: readonly Thread[] = [];
      const exports = instantiateBeside<QueueKernels>(queue, instance.kernels, memory);
      const calls = new Queue(backend.direct, {
        queue: exports,
        memory,
        control,
        rooms,
        threads: count,
        spins,
        sleeps: maySleep(),
        now,
        end: () => {
          for (const worker of workers) worker.end();
        },
      });
      const end = () => calls.stop();
      const starts = await Promise.allSettled(
        Array.from({ length: count - 1 }, (_, i) => {
          const thread = i + 1;
          const room = rooms + thread * ROOM_BYTES;
          const start = { kernels, queue, memory, control, room, thread, spins };
          return Thread.start(start, worker, (reason) => calls.lost(thread, reason));
        }),
      );
      workers = starts.flatMap((start) => (start.status === "fulfilled" ? start.value : []));
      const failure = starts.find((start) => start.status === "rejected");
      if (failure) {
        end();
        if (threads === "auto") return undefined;
        throw failure.reason;
      }
      dropped?.register(backend, end);
      return new Division(backend, { count, queue: calls, now, end });
    },
  };
}

/** Ends the threads of a backend that has been garbage-collected. */
const dropped =
  typeof FinalizationRegistry === "function"
    ? new FinalizationRegistry<() => void>((end) => end())
    : undefined;

const lineOf = (address: number): number => (address + LINE - 1) & -LINE;
