import { parentPort, workerData } from "node:worker_threads";
import { reasonOf } from "../core/source.js";
import { type Backend, createBackend } from "../index.js";
import type { Context } from "./engine.js";
import type { FromThread, ThreadStart, ToThread } from "./messages.js";
import { programOf, useModules } from "./registry.js";

/** The script of a thread: it computes one job after another. */

const port = parentPort;
if (!port) throw new Error("distributed-worker.js is the script of a thread: threads() starts it");
const { variant, use } = workerData as ThreadStart;

interface Waiting {
  resolve(path: string): void;
  reject(error: Error): void;
}
const waiting = new Map<string, Waiting[]>();
const say = (message: FromThread): void => port.postMessage(message);

/** Once for all jobs. A failure is that of each job. */
let started: Promise<Backend> | undefined;
const start = async (): Promise<Backend> => {
  await useModules(use);
  return createBackend({ variant });
};

const file = (hash: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const others = waiting.get(hash);
    if (others) others.push({ resolve, reject });
    else {
      waiting.set(hash, [{ resolve, reject }]);
      say({ kind: "file", hash });
    }
  });

port.on("message", async (message: ToThread) => {
  if (message.kind === "file") {
    for (const { resolve, reject } of waiting.get(message.hash) ?? [])
      "path" in message ? resolve(message.path) : reject(new Error(message.error));
    waiting.delete(message.hash);
    return;
  }
  const { run, job, reads } = message;
  try {
    started ??= start();
    const context: Context = { backend: await started, file };
    const output = await programOf(run.program).compute(run.spec, job, reads, context);
    say({ kind: "done", output });
  } catch (error) {
    say({ kind: "failed", error: reasonOf(error) });
  }
});
