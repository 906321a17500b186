import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { ArgsDef, ParsedArgs } from "citty";
import {
  beginSweep,
  bullmq,
  gatherSweep,
  type QueueOptions,
  sweep as runSweep,
  type Study,
  type SweepSpec,
  type TrialOutputs,
  threads,
} from "lanewise/distributed";
import { type Command, UsageError } from "../command.js";
import { counted } from "../figures.js";
import { jobProgress } from "../job-progress.js";
import { shareOf, text, wholeNumber } from "../options.js";
import { optunaJournal } from "../optuna.js";
import { queueFrom, queueIfAny, queueOptions } from "../queue-options.js";
import { naming, readFile } from "../read-file.js";
import { shellWord } from "../shell-word.js";
import { readSpec } from "../sweep-spec.js";
import { sweepText } from "../sweep-text.js";
import { checkNoFolder, forceOption, writeKeeping } from "../whole-file.js";

/** The package's, put in by the build. */
declare const VERSION: string;

export const sweepThreads = {
  type: "string",
  valueHint: "N",
  description: "threads that compute jobs, a training each (one a core); the results do not depend on it",
} as const;

const options = {
  spec: {
    type: "positional",
    required: true,
    description:
      "a JSON file: data, model, optimizer and fit, with values to search for; paths in it are relative to it",
  },
  threads: sweepThreads,
  out: {
    type: "string",
    valueHint: "FILE",
    description:
      "where to write the model of the best trial, which is trained on all rows (best.safetensors)",
  },
  report: {
    type: "string",
    valueHint: "FILE",
    description: "write a page with all trials, what they depend on and how they learned: one HTML file",
  },
  cache: {
    type: "string",
    valueHint: "DIR",
    description: "a folder that keeps what was computed, so that it is not computed again",
  },
  gather: {
    type: "string",
    valueHint: "DIR",
    description: "take the trials from the files that lanewise trial wrote there, instead of computing them",
  },
  optuna: {
    type: "string",
    valueHint: "FILE",
    description: "write the trials as a journal that Optuna and its dashboard read",
  },
  redis: queueOptions.redis,
  postgres: queueOptions.postgres,
  detach: {
    type: "boolean",
    description: "queue the sweep, print its id and end: lanewise result fetches what it comes to",
  },
  audit: {
    type: "string",
    valueHint: "SHARE",
    description:
      "the share of the jobs that a second worker computes, too, such as 0.01: differences are errors",
  },
  insecure: queueOptions.insecure,
  prefix: queueOptions.prefix,
  store: queueOptions.store,
  force: forceOption,
  json: { type: "boolean", description: "print the result as JSON" },
} as const satisfies ArgsDef;

export const sweep: Command<typeof options> = {
  name: "lanewise sweep",
  description:
    "Tries networks and trainings that a JSON file describes, on all cores, and writes the best model.",
  options,
  run,
};

async function run(args: ParsedArgs<typeof options>): Promise<void> {
  const out = text("out", args.out) ?? "best.safetensors";
  const page = text("report", args.report);
  const journal = text("optuna", args.optuna);
  for (const path of [out, page, journal]) if (path !== undefined) checkNoFolder(path);
  const began = performance.now();
  const { spec, folder } = await readSpec(args.spec);
  const queue = queueOf(args);
  if (queue && args.detach === true) return detach(queue, args, spec, folder);
  const study = await studyOf(args, queue, spec, folder);
  const seconds = (performance.now() - began) / 1000;
  const warn = (sentence: string) => console.error(sentence);
  const force = args.force === true;
  const { file, ...result } = study;
  if (file) writeKeeping(out, file, force, warn);
  if (page !== undefined) {
    const { sweepPage } = await import("../report/pages.js");
    const command = `lanewise ${process.argv.slice(2).map(shellWord).join(" ")}`;
    const input = { title: basename(args.spec), result, spec, version: VERSION, command, seconds };
    writeKeeping(page, sweepPage(input), force, warn);
  }
  if (journal !== undefined)
    writeKeeping(journal, optunaJournal(basename(args.spec), result, new Date()), force, warn);
  if (args.json) {
    console.log(JSON.stringify({ ...result, seconds, ...(file && { out }) }));
    return;
  }
  const { trials, metric, digest, model } = result;
  const folds = counted(trials[0].folds.length, "fold");
  console.log(
    `${counted(trials.length, "trial")} of ${folds}, ${seconds.toFixed(1)} s; ${metric.name}, the mean of the folds, ${metric.better} is better\n`,
  );
  console.log(sweepText(result));
  if (file && model)
    console.log(
      `\nwrote ${out}: trial ${result.best}, trained on all ${counted(model.rows, "row")}, ${file.length.toLocaleString("en-US")} bytes`,
    );
  console.log(`\ndigest ${digest}`);
}

/** The queue that was asked for, if one was; its options make no sense without. */
function queueOf(args: ParsedArgs<typeof options>): QueueOptions | undefined {
  const queue = args.detach === true ? queueFrom(args) : queueIfAny(args);
  if (queue === undefined) {
    for (const name of ["audit", "insecure", "prefix", "store"] as const)
      if (args[name] !== undefined && args[name] !== false)
        throw new UsageError(
          `--${name} is for sweeps on a queue: expected --redis URL or --postgres URL, too`,
        );
    return undefined;
  }
  for (const name of ["threads", "cache", "gather"] as const)
    if (args[name] !== undefined)
      throw new UsageError(
        `--${name} is for sweeps on this machine, and the workers of the queue compute this one`,
      );
  return queue;
}

const engineOf = (queue: QueueOptions, args: ParsedArgs<typeof options>) => {
  const audit = shareOf("audit", args.audit);
  return bullmq({ ...queue, ...(audit !== undefined && { audit }) });
};

async function detach(
  queue: QueueOptions,
  args: ParsedArgs<typeof options>,
  spec: SweepSpec,
  folder: string,
): Promise<void> {
  const engine = engineOf(queue, args);
  try {
    const id = await beginSweep(spec, { engine, folder });
    console.log(args.json ? JSON.stringify({ id }) : id);
  } finally {
    await engine.close();
  }
}

async function studyOf(
  args: ParsedArgs<typeof options>,
  queue: QueueOptions | undefined,
  spec: SweepSpec,
  folder: string,
): Promise<Study> {
  const count = wholeNumber("threads", args.threads, 1);
  const cache = text("cache", args.cache);
  const gather = text("gather", args.gather);
  if (gather !== undefined && cache !== undefined)
    throw new UsageError("--gather expected no --cache: what is gathered was computed elsewhere");
  const progress = jobProgress(queue ? "worker" : "thread");
  const common = { folder, onProgress: progress.show };
  try {
    if (gather !== undefined)
      return await gatherSweep(spec, await partsIn(gather), { ...common, ...(count && { threads: count }) });
    const engine = queue
      ? engineOf(queue, args)
      : threads({ ...(count && { threads: count }), ...(cache && { cache }) });
    try {
      return await runSweep(spec, { engine, ...common });
    } finally {
      await engine.close();
    }
  } finally {
    progress.stop();
  }
}

/** What `lanewise trial` wrote to a folder. */
async function partsIn(folder: string): Promise<TrialOutputs[]> {
  const names = await naming(folder, () => readdirSync(folder));
  const files = names.filter((name) => /^trial-\d+\.json$/.test(name)).sort();
  return Promise.all(
    files.map((name) => {
      const path = join(folder, name);
      return naming(path, () => JSON.parse(Buffer.from(readFile(path)).toString("utf8")) as TrialOutputs);
    }),
  );
}
