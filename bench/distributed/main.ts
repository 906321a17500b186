/**
 * What the engine of threads takes by itself, a job and a round, and how much faster two threads are than one
 * with jobs of at least 60 ms. Times are the best of several runs: other programs make them longer.
 */
import { fileURLToPath } from "node:url";
import { type Engine, type SweepSpec, sweep, threads } from "lanewise/distributed";
import { runCommand } from "../../cli/command.js";
import { textTable } from "../../cli/text-table.js";
import { roundRows, roundsHead } from "./rounds.js";

const JOBS = 5000;
const ROUNDS = 500;
const RUNS = 5;
/** Milliseconds of processor time that a job of the sweep takes at least. */
const LEAST = 60;

await runCommand({
  name: "npm run bench:distributed --",
  description: "Measures what the engine of threads takes, a job and a round, and its speed-up.",
  options: {},
  run: async () => {
    await overhead();
    await using engine = threads({ threads: 1 });
    const rounds = await roundRows(engine.name, engine);
    console.log(`\n${textTable([roundsHead, ...rounds], (column) => column > 0)}`);
    await speedUp();
  },
});

function here(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

async function overhead(): Promise<void> {
  const rows: string[][] = [];
  for (const count of [1, 2]) {
    await using engine = threads({ threads: count, use: [here("empty.mjs")] });
    const job = await best((run) => empty(engine, `jobs ${run}`, JOBS, 1));
    const round = await best((run) => empty(engine, `rounds ${run}`, count, ROUNDS));
    rows.push([engine.name, ((1000 * job) / JOBS).toFixed(0), ((1000 * round) / ROUNDS).toFixed(0)]);
  }
  console.log(textTable([["", "us a job", "us a round of a job a thread"], ...rows], (column) => column > 0));
}

function empty(engine: Engine, run: string, jobs: number, rounds: number): Promise<unknown> {
  return engine.run({ id: run, program: "empty", spec: { run, jobs, rounds } });
}

async function speedUp(): Promise<void> {
  const spec = await specOf();
  const times: number[] = [];
  const processor: number[] = [];
  const digests = new Set<string>();
  for (const count of [1, 2]) {
    await using engine = threads({ threads: count });
    const least: number[] = [];
    times.push(
      await best(async (run) => {
        // Another seed is another sweep, of which nothing is known.
        const before = process.cpuUsage();
        const { digest } = await sweep({ ...spec, seed: Number(run) + 1 }, { engine });
        digests.add(digest);
        const { user, system } = process.cpuUsage(before);
        least.push((user + system) / 1000);
      }),
    );
    // The first run starts the threads, and compiles.
    processor.push(Math.min(...least.slice(1)));
  }
  const [one, two] = times;
  const isSame = digests.size === RUNS ? "the same results" : "OTHER RESULTS";
  console.log(`\na sweep of 24 jobs: ${ms(one)} on one thread, ${ms(one / 24)} a job; ${ms(two)} on two`);
  console.log(`${(one / two).toFixed(2)} times as fast, with ${isSame}`);
  // Unlike the clock, the processor's time leaves other programs out.
  console.log(
    `processor time ${ms(processor[0])} and ${ms(processor[1])}: ${((2 * processor[0]) / processor[1]).toFixed(2)} times as fast, if two cores were free`,
  );
}

function ms(milliseconds: number): string {
  return `${milliseconds.toFixed(0)} ms`;
}

/** A sweep of eight trials by three folds whose jobs take long enough. */
async function specOf(): Promise<SweepSpec> {
  await using engine = threads({ threads: 1 });
  for (let epochs = 40; ; epochs *= 2) {
    const spec: SweepSpec = {
      data: { file: here("../../examples/data/breast_cancer.csv"), target: "diagnosis" },
      model: { layers: [{ type: "dense", units: { choice: [32, 33] }, activation: "tanh" }, "output"] },
      optimizer: { name: "adamw", learningRate: { choice: [0.001, 0.003, 0.01, 0.03] } },
      fit: { epochs },
      refit: false,
    };
    await sweep({ ...spec, seed: 0 }, { engine });
    const before = process.cpuUsage();
    await sweep({ ...spec, seed: -1 }, { engine });
    if (process.cpuUsage(before).user / 1000 > 24 * LEAST) return spec;
  }
}

/** Milliseconds of the fastest of several runs, after one that does not count. */
async function best(work: (run: string) => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run++) {
    const began = performance.now();
    await work(String(run));
    if (run > 0) least = Math.min(least, performance.now() - began);
  }
  return least;
}
