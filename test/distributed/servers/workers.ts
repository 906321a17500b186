import { fileURLToPath } from "node:url";
import {
  type BullmqOptions,
  bullmq,
  type Engine,
  type Run,
  runOf,
  threads,
  type WorkOptions,
} from "lanewise/distributed";
import { onTestFinished } from "vitest";
import { programs } from "./programs.mjs";
import { type Started, start } from "./start.js";

const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The module of the programs of the tests. */
export const use: readonly string[] = [pathOf("programs.mjs")];

/** Short locks, so that a test need not wait for long. */
export const timing = { lock: 2_000, stalled: 700 };

export interface WorkerProcess extends Started {
  readonly name: string;
}

/** Starts a worker in a process of its own, and waits until it takes jobs. */
export async function startWorker(
  options: Partial<WorkOptions> & Pick<WorkOptions, "connection">,
  env: NodeJS.ProcessEnv = {},
): Promise<WorkerProcess> {
  const settings = { threads: 1, use, timing, ...options };
  const words = [pathOf("worker.mjs"), JSON.stringify(settings)];
  const worker = start("a worker", process.execPath, words, { env });
  const [, name] = await worker.says(/ready (\S+)/);
  return Object.assign(worker, { name });
}

/** Starts a producer in a process of its own. It says the result. */
export function startProducer(connection: string, run: Run): Started {
  const words = [pathOf("producer.mjs"), JSON.stringify({ connection, use, run })];
  return start("a producer", process.execPath, words);
}

/** An engine of the test, which closes it. */
export function engineOn(
  connection: BullmqOptions["connection"],
  options: Partial<BullmqOptions> = {},
): Engine {
  const engine = bullmq({ connection, use, ...options });
  onTestFinished(() => engine.close());
  return engine;
}

/** A run of a program of the tests. */
export function run(name: string, spec: unknown): Run {
  const program = programs.find((each) => each.name === name);
  if (program === undefined) throw new Error(`no program ${name}`);
  return runOf(program, spec);
}

/** The result of a run in one thread of this process: what every engine must give. */
export async function expected(wanted: Run): Promise<unknown> {
  const engine = threads({ threads: 1, use });
  try {
    return await engine.run(wanted);
  } finally {
    await engine.close();
  }
}
