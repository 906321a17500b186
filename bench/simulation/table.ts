import { speedUp, type Work, type World } from "./simulate.js";

/** The table of site/explanation/distributed.md: what each function gains by how many workers. */

const MS = 1e-3;

/** The queue is that of `npm run bench:queue`; the rest is assumed. */
export const world: World = {
  slow: 0.05,
  factor: 4,
  sigma: 0.3,
  perJob: 0.9 * MS,
  perStage: 6.8 * MS,
  link: 125e6,
  life: 24 * 3600,
  notice: 15,
};

/** Floating-point operations a second of a core, and those of a step a parameter and row. */
const SPEED = 40e9;
const PER_PARAMETER = 6;
/** Rows of a CSV file that a core predicts in a second. */
const PREDICTED = 52_000;
const ROUNDS = 10;
const SHARDS = 64;
const JOBS = 4000;

const WORKERS = [1, 8, 64, 256, 1000];

const sweepOf = (seconds: number): Work => ({ stages: 1, jobs: JOBS, seconds, reads: 0, writes: 0 });

/** By an optimizer without a state: 4 bytes a parameter there, and 4 back. */
const roundsOf = (parameters: number, rows: number): Work => ({
  stages: ROUNDS,
  jobs: SHARDS,
  seconds: (PER_PARAMETER * parameters * rows) / SPEED,
  reads: 4 * parameters,
  writes: 4 * parameters,
});

const partsOf = (rows: number): Work => ({
  stages: 1,
  jobs: JOBS,
  seconds: rows / PREDICTED,
  reads: 0,
  writes: 8 * rows,
});

const thousands = (count: number): string => count.toLocaleString("en-US");

const works: readonly (readonly [name: string, work: Work])[] = [
  ...[0.02, 0.1, 1, 10].map(
    (seconds) =>
      [
        `\`sweep\`, jobs of ${seconds < 1 ? `${1000 * seconds} ms` : `${seconds} s`}`,
        sweepOf(seconds),
      ] as const,
  ),
  ...[1e4, 1e5, 1e6].flatMap((parameters) =>
    [1000, 10_000, 100_000].map((rows) => {
      const name = `\`trainDistributed\`, ${thousands(parameters)} parameters, ${thousands(rows)} rows a shard`;
      return [name, roundsOf(parameters, rows)] as const;
    }),
  ),
  ...[1000, 10_000, 100_000].map(
    (rows) => [`scoring a file, parts of ${thousands(rows)} rows`, partsOf(rows)] as const,
  ),
];

/** The most workers, of 1, 2, 4 ... 1024, that compute for at least half of their time. */
function limitOf(work: Work): string {
  let limit = 0;
  for (let workers = 1; workers <= 1024 && speedUp(work, world, workers) >= workers / 2; workers *= 2)
    limit = workers;
  return limit === 0 ? "none" : thousands(limit);
}

const rounded = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0));

/** The rows of the table, as Markdown. */
export function simulationTable(): string {
  const head = ["", ...WORKERS.map(thousands), "pays up to"];
  const rows = works.map(([name, work]) => [
    name,
    ...WORKERS.map((workers) => rounded(speedUp(work, world, workers))),
    limitOf(work),
  ]);
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(["---", ...head.slice(1).map(() => "---:")]), ...rows.map(line)].join("\n");
}

/** What part of their time 64 workers compute for, by how often they die and when that is noticed. */
export function deathTable(): string {
  const workers = 64;
  const notices = [5, 15, 90];
  const rows = [64, 256, 1024].flatMap((jobs) =>
    [24, 1, 0.1].map((hours) => {
      const work: Work = { stages: 20, jobs, seconds: 60, reads: 0, writes: 0 };
      const cells = notices.map((notice) => {
        const gain = speedUp(work, { ...world, life: 3600 * hours, notice }, workers);
        return `${Math.round((100 * gain) / workers)} %`;
      });
      return `| ${thousands(jobs)} | ${hours} h | ${cells.join(" | ")} |`;
    }),
  );
  const head = notices.map((notice) => `noticed after ${notice} s`).join(" | ");
  return [`| shards | a worker lives | ${head} |`, "|---:|---:|---:|---:|---:|", ...rows].join("\n");
}
