import type { ParsedArgs } from "citty";
import { bullmq, predictFile, threads } from "lanewise/distributed";
import { UsageError } from "./command.js";
import { grouped } from "./figures.js";
import { jobProgress } from "./job-progress.js";
import { wholeNumber } from "./options.js";
import { type QueueArgs, queueIfAny, queueOptions } from "./queue-options.js";
import type { Reading } from "./table-file.js";
import type { TablePredictor } from "./table-predictor.js";
import { threadsFrom } from "./threads.js";
import { writeWholeBy } from "./whole-file.js";

/** The options that have a table predicted in parts. */
export const partsOptions = {
  parts: {
    type: "string",
    valueHint: "N",
    description:
      "cut the rows of a CSV or Parquet file into N parts and predict each in a thread; the file that is written is the same",
  },
  ...queueOptions,
} as const;

/** What is said with it. */
type PartsArgs = Partial<Record<"parts" | "model" | "data" | "threads", string>> &
  QueueArgs &
  Partial<Pick<ParsedArgs, "_">> & { readonly force?: boolean; readonly json?: boolean };

/** @throws UsageError for what does not go together with parts */
export function checkParts(args: PartsArgs, isTable: boolean, out: string | undefined): number | undefined {
  const parts = wholeNumber("parts", args.parts, 1, 100_000);
  if (parts === undefined) {
    for (const name of Object.keys(queueOptions) as (keyof QueueArgs)[])
      if (args[name] !== undefined && args[name] !== false)
        throw new UsageError(`--${name} is for predictions in parts: expected --parts N, too`);
    return undefined;
  }
  if (!isTable || args.data === "-")
    throw new UsageError("--parts is for a file in CSV or Parquet: its rows are read in any order");
  if (out === undefined)
    throw new UsageError("--parts expected --out FILE, too: parts are put together in a file");
  return parts;
}

/** What the command has found out about the model and the table. */
export interface PartsOf {
  readonly parts: number;
  readonly predictor: TablePredictor;
  readonly passed: readonly string[];
  readonly reading: Reading;
}

/**
 * Predicts a file in parts on threads, or on the workers of a queue, and writes what a single process would.
 */
export async function predictInParts(
  args: PartsArgs,
  out: string,
  { parts, predictor, passed, reading }: PartsOf,
  say: (sentence: string) => void,
): Promise<void> {
  const { badRows, ...others } = reading;
  if (badRows === "leaveOut")
    throw new UsageError("--bad-rows leave-out is for whole files: parts expect rows that can be counted");
  const began = performance.now();
  const count = threadsFrom(args.threads);
  const queue = queueIfAny(args);
  if (queue && args.threads !== undefined)
    throw new UsageError(
      "--threads is for parts on this machine, and the workers of the queue compute these",
    );
  const engine = queue ? bullmq(queue) : threads(count === "auto" ? {} : { threads: count });
  const progress = jobProgress(queue ? "worker" : "thread");
  const { encoding: inputs, isPlain, labels, task } = predictor;
  const isParquet = out.toLowerCase().endsWith(".parquet");
  try {
    await writeWholeBy(out, args.force === true, say, async (unfinished) => {
      const { rows } = await predictFile(String(args.model), String(args.data), {
        ...{ out: unfinished, format: isParquet ? "parquet" : args.json ? "json" : "csv" },
        ...{ inputs, passed, parts, task, refuseGaps: isPlain, engine, onProgress: progress.show },
        ...(labels && { labels }),
        ...others,
      });
      const seconds = (performance.now() - began) / 1000;
      const speed = `${grouped(rows / seconds)} rows/s`;
      say(`wrote ${out}, ${grouped(rows)} rows in ${seconds.toFixed(1)} s, ${speed}`);
    });
  } finally {
    progress.stop();
    await engine.close();
  }
}
