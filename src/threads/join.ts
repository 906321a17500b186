import type { Instance } from "../core/wasm.js";
import { instantiate, instantiateBeside } from "../core/wasm.js";
import type { QueueKernels } from "./queue.js";
import type { Start } from "./workers.js";

/** The queue of a backend, in a worker: on kernels of its own, in the memory of all. */
export function joinQueue({
  kernels,
  queue,
  memory,
}: Pick<Start, "kernels" | "queue" | "memory">): QueueKernels {
  const instance: Instance = instantiate(kernels, memory);
  return instantiateBeside<QueueKernels>(queue, instance.kernels, instance.memory);
}
