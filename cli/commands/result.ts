import type { ArgsDef, ParsedArgs } from "citty";
import { type FetchedRun, fetchRun, type SweepResult, type SweepSpec } from "lanewise/distributed";
import type { Command } from "../command.js";
import { counted } from "../figures.js";
import { text } from "../options.js";
import { queueFrom, queueOptions } from "../queue-options.js";
import { shellWord } from "../shell-word.js";
import { sweepText } from "../sweep-text.js";
import { checkNoFolder, forceOption, writeKeeping } from "../whole-file.js";

/** The package's, put in by the build. */
declare const VERSION: string;

const id = {
  type: "positional",
  required: true,
  description: "the beginning of the run's id, which lanewise sweep --detach and lanewise status tell",
} as const;

const options = {
  id,
  redis: queueOptions.redis,
  postgres: queueOptions.postgres,
  out: {
    type: "string",
    valueHint: "FILE",
    description: "where to write the model of the best trial (best.safetensors)",
  },
  store: queueOptions.store,
  prefix: queueOptions.prefix,
  insecure: queueOptions.insecure,
  force: forceOption,
  json: { type: "boolean", description: "print the result as JSON" },
} as const satisfies ArgsDef;

export const result: Command<typeof options> = {
  name: "lanewise result",
  description: "Fetches the result of a sweep from a queue, and writes its best model.",
  options,
  run,
};

async function run(args: ParsedArgs<typeof options>): Promise<void> {
  const out = text("out", args.out) ?? "best.safetensors";
  checkNoFolder(out);
  const { found, blobs } = await sweepOf(args.id, args);
  const model = blobs.get("model");
  if (model) writeKeeping(out, model, args.force === true, (sentence) => console.error(sentence));
  if (args.json) {
    console.log(JSON.stringify({ ...found, ...(model && { out }) }));
    return;
  }
  console.log(sweepText(found));
  if (model && found.model)
    console.log(
      `\nwrote ${out}: trial ${found.best}, trained on all ${counted(found.model.rows, "row")}, ${model.length.toLocaleString("en-US")} bytes`,
    );
  console.log(`\ndigest ${found.digest}`);
}

const reportOptions = {
  id,
  redis: queueOptions.redis,
  postgres: queueOptions.postgres,
  out: {
    type: "string",
    valueHint: "FILE",
    description: "where to write the page: one HTML file (report.html)",
  },
  store: queueOptions.store,
  prefix: queueOptions.prefix,
  insecure: queueOptions.insecure,
  force: forceOption,
} as const satisfies ArgsDef;

export const report: Command<typeof reportOptions> = {
  name: "lanewise report",
  description: "Writes a page with all trials of a sweep on a queue, and how the best of them learned.",
  options: reportOptions,
  async run(args) {
    const out = text("out", args.out) ?? "report.html";
    checkNoFolder(out);
    const { found, spec, status } = await sweepOf(args.id, args);
    const { sweepPage } = await import("../report/pages.js");
    const page = sweepPage({
      title: status.id.slice(0, 12),
      result: found,
      spec,
      version: VERSION,
      command: `lanewise ${process.argv.slice(2).map(shellWord).join(" ")}`,
      seconds: status.seconds ?? 0,
    });
    writeKeeping(out, page, args.force === true, (sentence) => console.error(sentence));
    console.log(`wrote ${out}`);
  },
};

interface FetchedSweep {
  readonly found: SweepResult;
  readonly spec: SweepSpec;
  readonly blobs: FetchedRun["blobs"];
  readonly status: FetchedRun["status"];
}

/** A sweep that is done. Throws an Error that says how far it is, or why it failed. */
async function sweepOf(wanted: string, args: Parameters<typeof queueFrom>[0]): Promise<FetchedSweep> {
  const { status, spec, result: found, blobs } = await fetchRun(wanted, queueFrom(args));
  if (status.program !== "sweep")
    throw new Error(`expected a run of a sweep, got one of the program ${status.program}`);
  if (status.state === "failed") throw new Error(`the sweep failed: ${status.error}`);
  if (found === undefined) {
    const { done, failed, of } = status;
    throw new Error(
      status.state === "gone"
        ? "the run is not kept any more: run the same sweep again"
        : `the sweep is not done: ${done + failed} of ${counted(of, "job")}; lanewise status tells more`,
    );
  }
  return {
    found: found as unknown as SweepResult,
    spec: withNames(spec as unknown as SweepSpec),
    blobs,
    status,
  };
}

/** A spec with its files by their names, as it was written. */
function withNames(spec: SweepSpec): SweepSpec {
  const data = Object.entries(spec.data).map(([key, value]) =>
    value !== null && typeof value === "object" && "sha256" in value
      ? [key, (value as { name: string }).name]
      : [key, value],
  );
  return { ...spec, data: Object.fromEntries(data) };
}
