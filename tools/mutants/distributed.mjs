const run = ["test/distributed/run.test.ts"];
const search = ["test/distributed/search.test.ts"];
const rounds = ["test/distributed/rounds.test.ts"];

const queue = ["test/distributed/queue.test.ts"];

/** Programs in stages, what is known of them, and the trials of a sweep. */
export const distributed = [
  {
    file: "src/distributed/canonical.ts",
    tests: run,
    changes: {
      "keys as they come": [".sort(([a], [b]) => (a < b ? -1 : 1))", ""],
      "numbers that JSON has not": ['typeof value === "number" && !Number.isFinite(value)', "false"],
    },
  },
  {
    file: "src/distributed/run.ts",
    tests: run,
    changes: {
      "blobs dropped by nobody": ["for (const name of step.drops ?? []) blobs.delete(name);", ""],
      "blobs of failed jobs asked for": ["failed === 0 || blobs.has(name)", "true"],
      "runs of other programs taken for the same": [
        "hashOf({ program: program.name, spec: checked })",
        "hashOf(checked)",
      ],
    },
  },
  {
    file: "src/distributed/hand-over.ts",
    tests: run,
    changes: {
      "all jobs begun at once": ["place < this.next + this.ahead) return", "true) return"],
      "a job begun after one has failed": ["resolve(false)", "resolve(true)"],
      "a blob that was not taken passed over": ["if (this.failure) throw this.failure.error;", ""],
    },
  },
  {
    file: "src/distributed/known.ts",
    tests: run,
    changes: {
      "damaged files read": ['throw new Error("the output is damaged");', ";"],
      "memory that only grows": ["if (this.bytes <= MOST) break;", "break;"],
      "values forgotten with the blobs of others": ["if (!blobs?.size) continue;", ""],
    },
  },
  {
    file: "src/distributed/sweep/result.ts",
    tests: run,
    changes: {
      "ties left as they are": ["(a.loss ?? 0) - (b.loss ?? 0) || ", ""],
      "the worst first": ['better === "lower" ? 1 : -1', "1"],
      "rungs that do not count": ["byRung || byScore", "byScore"],
      "failed trials in front": ["return a.score === null ? 1 : -1;", "return a.score === null ? -1 : 1;"],
    },
  },
  {
    file: "src/distributed/sweep/search.ts",
    tests: search,
    changes: {
      "a logarithm left out": ["from * exp(u * log(to / from))", "from + u * (to - from)"],
      "the last whole number never drawn": ["u * (to - from + 1)", "u * (to - from)"],
      "a range of a grid one short": [
        "[1] - (value.integers as number[])[0] + 1",
        "[1] - (value.integers as number[])[0]",
      ],
    },
  },
  {
    file: "src/distributed/sweep/trials.ts",
    tests: search,
    changes: {
      "trials that come twice": ["if (seen.has(text)) continue;", ""],
      "draws without the seed": ["new RandomStream(spec.seed,", "new RandomStream(1,"],
      "epochs of all rungs alike": ["i < rungs - 1; i++", "i < rung; i++"],
    },
  },
  {
    file: "src/distributed/shards/rounds.ts",
    tests: rounds,
    changes: {
      "a shard's batches that overlap": ["Math.min(shard, longer);", "0;"],
      "an epoch without its last round": [
        "Math.ceil(this.batches / this.perRound)",
        "Math.floor(this.batches / this.perRound) || 1",
      ],
    },
  },
  {
    file: "src/distributed/shards/combine.ts",
    tests: rounds,
    changes: {
      "a mean of weights that are not of the first shard": [
        "values[begin + i] - from)",
        "values[begin + i])",
      ],
      "a mean that is not rounded": ["Math.fround(rows / all)", "rows / all"],
      "a sum without a shard": ["sum[i] += values[i]", "sum[i] = values[i]"],
    },
  },
  {
    file: "src/distributed/shards/curve.ts",
    tests: rounds,
    changes: {
      "pairs of rounds that are forgotten": ["every: 2 * every", "every"],
    },
  },
  {
    file: "src/distributed/bullmq/connection.ts",
    tests: queue,
    changes: {
      "plain text to other machines": [
        'if (allowed || host === "localhost"',
        'if (!allowed || host === "localhost"',
      ],
      "every option of TLS taken for none": ["tls !== undefined || insecure", "insecure"],
    },
  },
  {
    file: "src/distributed/bullmq/flow.ts",
    tests: queue,
    changes: {
      "equal jobs computed twice": [
        "if (!first.has(job.key)) first.set(job.key, i);",
        "first.set(job.key, i);",
      ],
      "audits under the id of their job": [
        'idOf(run, stage, index, audit ? "audit" : "job")',
        "idOf(run, stage, index)",
      ],
      "another share audited": ["share * 0x1_0000_0000", "share * 0x8000_0000"],
    },
  },
  {
    file: "src/distributed/bullmq/limits.ts",
    tests: queue,
    changes: {
      "limits of searched values forgotten": ["limited[name] ?? limit", "limited[name]"],
      "blobs without a limit": ["if (bytes > limits.bytes)", "if (false)"],
    },
  },
  {
    file: "src/distributed/bullmq/data-folder.ts",
    tests: queue,
    changes: {
      "files known by their size alone": [" || known.changed !== mtimeMs", ""],
    },
  },
  {
    file: "src/distributed/bullmq/server.ts",
    tests: queue,
    changes: {
      "a full server known by plain errors alone": ["error.previousErrors.some(isFull)", "false"],
      "every error waited for": ["passing.test(error.message) ||", "true ||"],
    },
  },
];
