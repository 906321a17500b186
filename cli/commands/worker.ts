import type { ArgsDef, ParsedArgs } from "citty";
import { type WorkerHandle, work } from "lanewise/distributed";
import type { Command } from "../command.js";
import { counted } from "../figures.js";
import { names, oneOf, text, wholeNumber } from "../options.js";
import { queueFrom, queueOptions } from "../queue-options.js";

const options = {
  redis: queueOptions.redis,
  postgres: queueOptions.postgres,
  data: {
    type: "string",
    valueHint: "DIR",
    description: "the folder of data files: jobs name them by the SHA-256 of their bytes",
  },
  threads: {
    type: "string",
    valueHint: "N",
    description: "jobs that are computed at once, each in a thread (one a core)",
  },
  variant: {
    type: "string",
    valueHint: "NAME",
    description: "the build of the kernels: auto, simd or scalar; all have the same results (auto)",
  },
  use: {
    type: "string",
    valueHint: "FILE",
    description: "a module that exports layers of your own; may be repeated",
  },
  "max-epochs": {
    type: "string",
    valueHint: "N",
    description: "refuse jobs of more epochs (100000)",
  },
  grace: {
    type: "string",
    valueHint: "SECONDS",
    description:
      "how long a worker that is told to end goes on with its jobs, before it gives them back (20)",
  },
  store: queueOptions.store,
  prefix: queueOptions.prefix,
  insecure: queueOptions.insecure,
} as const satisfies ArgsDef;

export const worker: Command<typeof options> = {
  name: "lanewise worker",
  description: "Computes jobs of sweeps that others have queued on a Redis, until it is told to end.",
  options,
  run,
};

async function run(args: ParsedArgs<typeof options>, words: readonly string[]): Promise<void> {
  const threads = wholeNumber("threads", args.threads, 1);
  const grace = wholeNumber("grace", args.grace, 0) ?? 20;
  const epochs = wholeNumber("max-epochs", args["max-epochs"], 1);
  const data = text("data", args.data);
  const variant = oneOf("variant", args.variant, ["auto", "simd", "scalar"]);
  const queue = queueFrom(args);
  const handle = await work({
    ...queue,
    ...(data !== undefined && { data }),
    ...(threads !== undefined && { threads }),
    ...(variant !== undefined && { variant }),
    ...(epochs !== undefined && { limits: { epochs } }),
    use: names("use", words),
    onWarning: (message) => console.error(message),
  });
  console.log(`${handle.name}: ${counted(handle.threads, "thread")}, ready for jobs`);
  await told(handle, grace);
  const { done, failed } = handle.counts;
  console.log(`${handle.name}: ended; ${counted(done, "job")} done, ${counted(failed, "attempt")} failed`);
}

/**
 * Waits until the process is told to end, and lets the worker end its jobs. A second time ends it at once.
 */
async function told(handle: WorkerHandle, grace: number): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  });
  process.once("SIGINT", () => process.exit(130));
  await handle.close({ grace });
}
