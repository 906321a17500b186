import type { ArgsDef, ParsedArgs } from "citty";
import { type QueueStatus, queueStatus, type RunStatus } from "lanewise/distributed";
import type { Command } from "../command.js";
import { counted, grouped } from "../figures.js";
import { queueFrom, queueOptions } from "../queue-options.js";
import { textTable } from "../text-table.js";

/** Characters of an id that are shown: enough to tell runs apart. */
const SHOWN = 12;

const options = {
  id: {
    type: "positional",
    required: false,
    description: "the beginning of a run's id; without it, all runs are listed",
  },
  redis: queueOptions.redis,
  postgres: queueOptions.postgres,
  prefix: queueOptions.prefix,
  insecure: queueOptions.insecure,
  json: { type: "boolean", description: "print the status as JSON" },
} as const satisfies ArgsDef;

export const status: Command<typeof options> = {
  name: "lanewise status",
  description: "Tells what runs on a queue, who computes it, and what waits for a worker.",
  options,
  run,
};

async function run(args: ParsedArgs<typeof options>): Promise<void> {
  const id = args.id ?? "";
  const found = await queueStatus(queueFrom(args));
  const runs = found.runs.filter((each) => each.id.startsWith(id));
  if (id !== "" && runs.length === 0)
    throw new Error(
      `expected the beginning of the id of a run, got ${id}; ${counted(found.runs.length, "run")} there`,
    );
  if (args.json) console.log(JSON.stringify({ ...found, runs }));
  else console.log(statusText({ ...found, runs }));
}

/** What a status says to people. */
export function statusText({ runs, workers, versions }: QueueStatus): string {
  const parts = [runs.length === 0 ? "no runs" : textTable([...runs.map(runRow)], (column) => column === 3)];
  parts.push(
    workers.length === 0
      ? "no workers"
      : textTable(
          workers.map(({ name, threads, done, failed, version }) => [
            `worker ${name}`,
            counted(threads, "thread"),
            `${grouped(done)} done`,
            failed > 0 ? `${counted(failed, "attempt")} failed` : "",
            version,
          ]),
          () => false,
        ),
  );
  for (const { version, waiting, active, workers: count } of versions)
    if (waiting + active > 0)
      parts.push(
        count === 0
          ? `${counted(waiting + active, "job")} of version ${version} wait, and no worker has that version: start one`
          : `${counted(waiting, "job")} of version ${version} wait, ${grouped(active)} run`,
      );
  return parts.join("\n\n");
}

function runRow({ id, program, state, stage, done, failed, of, error, seconds }: RunStatus): string[] {
  const failures = failed > 0 ? `, ${grouped(failed)} failed` : "";
  const progress = state === "running" ? `${grouped(done + failed)} of ${counted(of, "job")}${failures}` : "";
  const time = seconds === undefined ? "" : `${seconds.toFixed(1)} s`;
  return [
    id.slice(0, SHOWN),
    program,
    state === "running" ? `stage ${stage}` : state,
    time,
    state === "failed" ? (error ?? "") : progress,
  ];
}
