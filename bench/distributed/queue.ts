/**
 * What a queue takes by itself: of a job, where many are queued at once, and of a round, whose end adds the
 * next one. One worker of this machine, in a process of its own. Times are the best of several runs.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { bullmq } from "lanewise/distributed";
import { runCommand } from "../../cli/command.js";
import { text } from "../../cli/options.js";
import { textTable } from "../../cli/text-table.js";
import { end, RedisServer, says } from "../../examples/sweep/redis.js";

const JOBS = 1000;
const ROUNDS = 100;
const RUNS = 4;

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

await runCommand({
  name: "npm run bench:queue --",
  description:
    "Measures what the engine on BullMQ takes, a job and a round, on a redis-server that it starts.",
  options: {
    postgres: { type: "string", valueHint: "URL", description: "measure this PostgreSQL, too" },
  },
  async run(args) {
    await using redis = await RedisServer.start();
    if (!redis)
      throw new Error("expected redis-server, which is not installed (apt-get install redis-server)");
    const postgres = text("postgres", args.postgres);
    const rows = [["", "threads", "ms a job", "ms a round of a job a thread"]];
    for (const url of [redis.url, ...(postgres === undefined ? [] : [postgres])])
      for (const threads of [1, 2]) rows.push(await measure(url, threads));
    console.log(textTable(rows, (column) => column > 0));
  },
});

async function measure(url: string, threads: number): Promise<string[]> {
  const kind = url.startsWith("redis") ? "redis" : "postgres";
  const words = ["worker", `--${kind}`, url, "--threads", String(threads), "--use", here("empty.mjs")];
  const worker = spawn(process.execPath, [here("../../dist/cli.js"), ...words], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    await says(worker, /ready for jobs/);
    await using engine = bullmq({ connection: url, use: [here("empty.mjs")] });
    // Another name is another run, of which nothing is known.
    const empty = (name: string, jobs: number, rounds: number) =>
      engine.run({ id: name, program: "empty", spec: { run: name, jobs, rounds } });
    const name = `${process.pid} ${threads}`;
    const job = await best((run) => empty(`jobs ${name} ${run}`, JOBS, 1));
    const round = await best((run) => empty(`rounds ${name} ${run}`, threads, ROUNDS));
    return [engine.name, String(threads), (job / JOBS).toFixed(2), (round / ROUNDS).toFixed(1)];
  } finally {
    await end(worker);
  }
}

/** Milliseconds of the fastest of several runs, after one that does not count. */
async function best(work: (run: number) => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run++) {
    const began = performance.now();
    await work(run);
    if (run > 0) least = Math.min(least, performance.now() - began);
  }
  return least;
}
