/** The script of a worker: it works on the queue of a backend until that is disposed. */
import { joinQueue } from "./join.js";
import type { Start } from "./workers.js";

interface Port {
  postMessage(message: unknown): void;
  on?(type: "message", listener: (start: Start) => void): void;
  close?(): void;
}

const host = globalThis as unknown as Port & {
  process?: { getBuiltinModule?(name: string): { parentPort: Port | null } };
  onmessage: ((event: { data: Start }) => void) | null;
};
const port = host.process?.getBuiltinModule?.("node:worker_threads")?.parentPort;

function run({ control, room, thread, spins, ...modules }: Start): void {
  const to = port ?? host;
  try {
    const queue = joinQueue(modules);
    to.postMessage("ready");
    queue.work(control, room, thread, spins);
  } catch (error) {
    to.postMessage(error instanceof Error ? error.message : String(error));
  }
  to.close?.();
}

if (port) port.on?.("message", run);
else host.onmessage = ({ data }) => run(data);
