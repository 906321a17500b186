import { createHash } from "node:crypto";
import { appendFileSync, readFileSync } from "node:fs";
import { pid } from "node:process";

/** Programs that take time, write down what they compute, and lie. Workers load this module. */

const sha256 = (...parts) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};
const hex = (bytes) => Buffer.from(bytes).toString("hex");

const each = (count) => Array.from({ length: count }, (_, i) => i);

/** What a run is asked for beside its result does not change the keys of its jobs. */
const meaningOf = ({ log, salt, ...meaning }) => meaning;

/** Keeps this thread busy. */
function spin(ms) {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/**
 * Rounds of hashes: a job hashes the weights and its number, and a round the outputs in order. `log` is a
 * file that gets a line a job.
 */
const chain = {
  name: "chain",
  check(spec) {
    if (!(spec?.jobs > 0)) throw new Error(`chain expected jobs to be above 0, got ${spec?.jobs}`);
    return spec;
  },
  start: (spec) => chainStage(spec, 0, new Uint8Array(32)),
  async compute({ ms = 0, log }, { data: { round, index } }, reads) {
    if (log) appendFileSync(log, `${round}.${index} ${pid}\n`);
    spin(ms);
    const output = sha256(reads.get(`weights${round}`), Uint8Array.of(index));
    return { value: index, blobs: new Map([[`output${round}.${index}`, output]]) };
  },
  next(spec, { state: round }, outcomes, reads) {
    const failed = outcomes.find(({ error }) => error);
    if (failed) throw new Error(`chain: a job failed: ${failed.error}`);
    const weights = sha256(...each(spec.jobs).map((i) => reads.get(`output${round}.${i}`)));
    if (round + 1 < spec.rounds) return chainStage(spec, round + 1, weights);
    return { result: hex(weights), keeps: ["weights"], blobs: new Map([["weights", weights]]) };
  },
};

function chainStage(spec, round, weights) {
  const before = round - 1;
  return {
    state: round,
    jobs: each(spec.jobs).map((index) => ({
      key: hex(sha256(JSON.stringify([meaningOf(spec), round, index]), weights)),
      data: { round, index },
      reads: [`weights${round}`],
    })),
    reads: each(spec.jobs).map((i) => `output${round}.${i}`),
    blobs: new Map([[`weights${round}`, weights]]),
    drops: round > 0 ? [`weights${before}`, ...each(spec.jobs).map((i) => `output${before}.${i}`)] : [],
  };
}

/** Squares: values without blobs, so that other runs know them. */
const squares = {
  name: "squares",
  check: (spec) => spec,
  start: (spec) => ({
    state: null,
    jobs: each(spec.jobs).map((i) => ({ key: hex(sha256(`square ${i} ${spec.kind ?? ""}`)), data: i })),
  }),
  async compute({ log, ms = 0 }, { data }) {
    if (log) appendFileSync(log, `${data} ${pid}\n`);
    spin(ms);
    return { value: data * data };
  },
  next: (_, __, outcomes) => ({ result: outcomes.map((outcome) => outcome.value ?? outcome.error) }),
};

/** A job says what the environment of its worker says: what a broken machine would. */
const liar = {
  ...squares,
  name: "liar",
  async compute(_, { data }) {
    return { value: data + Number(process.env.LIE ?? 0) };
  },
};

/** A blob of a given number of megabytes, whose length a second stage checks. */
const large = {
  name: "large",
  check: (spec) => spec,
  start: () => ({ state: 0, jobs: [{ key: "large", data: null }], reads: ["large"] }),
  async compute({ megabytes }) {
    return { value: null, blobs: new Map([["large", new Uint8Array(megabytes * 2 ** 20).fill(7)]]) };
  },
  next(_, __, [outcome], reads) {
    if (outcome.error) throw new Error(outcome.error);
    const bytes = reads.get("large");
    return { result: [bytes.length, bytes.at(-1)], keeps: ["large"] };
  },
};

/** Reads a data file. */
const reader = {
  name: "reader",
  check: (spec) => spec,
  start: ({ hash }) => ({ state: null, jobs: [{ key: `read ${hash}`, data: hash }] }),
  compute: async (_, { data }, __, { file }) => ({ value: readFileSync(await file(data), "utf8") }),
  next: (_, __, [outcome]) => ({ result: outcome }),
};

/** Fails as it is told: by jobs, or at the end of the stage. */
const failing = {
  name: "failing",
  check: (spec) => spec,
  start: ({ jobs }) => ({ state: null, jobs: jobs.map((data, i) => ({ key: `${i} ${data}`, data })) }),
  async compute({ log }, { data }) {
    if (log) appendFileSync(log, `${data}\n`);
    if (data === "exit") process.exit(3);
    if (data !== null) throw new Error(data);
    return { value: null };
  },
  next({ end }, _, outcomes) {
    if (end) throw new Error(end);
    return { result: outcomes };
  },
};

export const programs = [chain, squares, liar, large, reader, failing];
