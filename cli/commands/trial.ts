import { join } from "node:path";
import type { ArgsDef, ParsedArgs } from "citty";
import { runTrial, threads } from "lanewise/distributed";
import { type Command, UsageError } from "../command.js";
import { counted } from "../figures.js";
import { jobProgress } from "../job-progress.js";
import { text, wholeNumber } from "../options.js";
import { readSpec } from "../sweep-spec.js";
import { writeWhole } from "../whole-file.js";
import { sweepThreads } from "./sweep.js";

const options = {
  spec: { type: "positional", required: true, description: "the JSON file of lanewise sweep" },
  index: {
    type: "positional",
    required: true,
    description: "which trial, from 0: the index of a job in an array",
  },
  threads: sweepThreads,
  out: {
    type: "string",
    valueHint: "DIR",
    description: "the folder for the file trial-INDEX.json, which is there whole or not at all (trials)",
  },
  json: { type: "boolean", description: "print what was computed as JSON" },
} as const satisfies ArgsDef;

export const trial: Command<typeof options> = {
  name: "lanewise trial",
  description:
    "Computes one trial of a sweep, for arrays of Slurm, indexed jobs of Kubernetes or GNU parallel; lanewise sweep --gather makes the sweep's result of all.",
  options,
  run,
};

async function run(args: ParsedArgs<typeof options>): Promise<void> {
  const folder = text("out", args.out) ?? "trials";
  const count = wholeNumber("threads", args.threads, 1);
  if (!/^\d{1,9}$/.test(args.index))
    throw new UsageError(`INDEX expected a whole number of at least 0, got ${args.index}`);
  const { spec, folder: own } = await readSpec(args.spec);
  const progress = jobProgress("thread");
  const engine = threads(count ? { threads: count } : {});
  try {
    const part = await runTrial(spec, Number(args.index), {
      engine,
      folder: own,
      onProgress: progress.show,
    });
    progress.stop();
    const { index, trials, outputs } = part;
    const path = join(folder, `trial-${index}.json`);
    writeWhole(path, `${JSON.stringify(part)}\n`);
    const failed = outputs.filter((output) => "error" in output);
    if (args.json) console.log(JSON.stringify(part));
    else
      console.log(
        `trial ${index} of 0-${trials - 1}: ${counted(outputs.length, "fold")}${failed.length > 0 ? `, ${failed.length} failed` : ""}; wrote ${path}`,
      );
    for (const output of failed) if ("error" in output) console.error(output.error);
  } finally {
    progress.stop();
    await engine.close();
  }
}
