import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { bullmq, type Engine, type Study, type SweepSpec, sweep, threads } from "lanewise/distributed";
import { runCommand } from "../../cli/command.js";
import { wholeNumber } from "../../cli/options.js";
import { textTable } from "../../cli/text-table.js";
import { RedisServer } from "./redis.js";
import { Workers } from "./workers.js";

/** The tables, with the column to predict and what trials are compared by. */
const tables = [
  { name: "iris", target: "species", metric: "accuracy" },
  { name: "wine", target: "cultivar", metric: "accuracy" },
  { name: "breast_cancer", target: "diagnosis", metric: "rocAuc" },
  { name: "diabetes", target: "target", metric: "r2" },
] as const;

/** The table at which the first worker is killed: the one that takes the longest. */
const KILLED = "breast_cancer";

/** 24 trials of three folds: 72 trainings, and one more of the best on all rows. */
const specOf = ({ name, target, metric }: (typeof tables)[number], seed: number): SweepSpec => ({
  data: { file: fileURLToPath(new URL(`../data/${name}.csv`, import.meta.url)), target },
  folds: 3,
  seed,
  metric,
  model: {
    layers: [
      { type: "dense", units: { choice: [8, 16, 32] }, activation: { choice: ["relu", "tanh"] } },
      "output",
    ],
  },
  optimizer: {
    name: "adamw",
    learningRate: { choice: [0.003, 0.01] },
    weightDecay: { choice: [0.01, 0.1] },
  },
  fit: { epochs: 60, batchSize: 32 },
});

/**
 * Sweeps four tables on one thread, on all cores, and on a Redis with two workers, the first of which is
 * killed in the middle, and shows that the results are the same.
 */
await runCommand({
  name: "npm run example:sweep --",
  description:
    "Sweeps networks over four tables, on one thread, on all cores and on a Redis, and compares the results.",
  options: {
    seed: { type: "string", valueHint: "N", description: "decides the folds and the initial weights (1)" },
    alone: { type: "boolean", description: "on threads only, and not on a Redis" },
    threads: { type: "string", valueHint: "N", description: "threads beside the run on one (one a core)" },
  },
  run: (args) =>
    main(
      wholeNumber("seed", args.seed, 0) ?? 1,
      wholeNumber("threads", args.threads, 1) ?? availableParallelism(),
      args.alone === true,
    ),
});

async function main(seed: number, count: number, alone: boolean): Promise<void> {
  await using one = threads({ threads: 1 });
  await using all = threads({ threads: count });
  await using redis = alone ? undefined : await RedisServer.start();
  if (!redis && !alone)
    console.error("without a Redis: redis-server is not installed (apt-get install redis-server)\n");
  await using queue = redis && bullmq({ connection: redis.url });
  await using workers = redis && (await Workers.start(redis.url));
  const rows: string[][] = [];
  for (const table of tables) {
    const spec = specOf(table, seed);
    const first = await timed(spec, one);
    const second = await timed(spec, all);
    const third =
      queue && (await timed(spec, queue, table.name === KILLED ? () => workers?.kill() : undefined));
    const digests = new Set([first, second, third].flatMap((each) => each?.study.digest ?? []));
    if (digests.size > 1)
      throw new Error(`${table.name}: expected one result, got ${[...digests].join(" and ")}`);
    const { study } = second;
    const best = study.trials[study.best];
    rows.push([
      table.name,
      `${table.metric} ${best.score?.toFixed(3)}`,
      JSON.stringify(Object.values(best.parameters)),
      `${first.seconds.toFixed(2)} s`,
      `${second.seconds.toFixed(2)} s`,
      third ? `${third.seconds.toFixed(2)} s` : "",
      study.digest.slice(0, 16),
    ]);
  }
  const head = [
    "table",
    "best of 24",
    "with",
    "1 thread",
    all.name,
    queue ? "Redis, 2 workers" : "",
    "digest",
  ];
  console.log(textTable([head, ...rows], (column) => column >= 3 && column <= 5));
  if (queue)
    console.error(
      `\n${KILLED}: the first worker was killed in the middle, and what it held was computed by the other`,
    );
}

/** middle: called once, when a part of the jobs are done. @throws Error if all were done before */
async function timed(
  spec: SweepSpec,
  engine: Engine,
  middle?: () => unknown,
): Promise<{ study: Study; seconds: number }> {
  const began = performance.now();
  let isOver = middle === undefined;
  const study = await sweep(spec, {
    engine,
    onProgress: ({ done, of }) => {
      if (isOver || done === 0 || done === of) return;
      isOver = true;
      middle?.();
    },
  });
  if (!isOver) throw new Error("the sweep was over before its middle was seen");
  return { study, seconds: (performance.now() - began) / 1000 };
}
