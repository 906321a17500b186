import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";

/** Programs whose results are plain, for tests of what runs them. A thread loads this module. */

const keyOf = (value) => createHash("sha256").update(JSON.stringify(value)).digest("hex");

/** Sums 1 to n: a job a number, and a second stage that adds them up. */
const sum = {
  name: "sum",
  check: (spec) => {
    if (!Number.isInteger(spec?.n)) throw new Error(`sum expected n to be an integer, got ${spec?.n}`);
    return spec;
  },
  start: ({ n }) => ({
    state: "numbers",
    jobs: Array.from({ length: n }, (_, i) => ({ key: keyOf(["number", i]), data: i + 1 })),
  }),
  async compute(_, { data }) {
    return { value: data };
  },
  next: (_, __, outcomes) => ({ result: outcomes.reduce((total, { value }) => total + value, 0) }),
};

/** Rounds: each adds 1 to every byte, in parts; the bytes are blobs. */
const rounds = {
  name: "rounds",
  check: (spec) => spec,
  start: ({ parts }) => stageOf(0, parts, new Uint8Array(parts)),
  async compute(_, { data: { part, round } }, reads) {
    const bytes = reads.get(`round${round}`);
    return { value: part, blobs: new Map([[`out${round}.${part}`, Uint8Array.of(bytes[part] + part)]]) };
  },
  next({ parts, rounds }, { state }, outcomes, reads) {
    const bytes = Uint8Array.from(outcomes, ({ value }) => reads.get(`out${state}.${value}`)[0]);
    if (state + 1 < rounds) return stageOf(state + 1, parts, bytes);
    return { result: [...bytes], keeps: ["bytes"], blobs: new Map([["bytes", bytes]]) };
  },
};

function stageOf(round, parts, bytes) {
  const each = Array.from({ length: parts }, (_, part) => part);
  return {
    state: round,
    jobs: each.map((part) => ({
      key: keyOf([round, part, [...bytes]]),
      data: { part, round },
      reads: [`round${round}`],
    })),
    reads: each.map((part) => `out${round}.${part}`),
    blobs: new Map([[`round${round}`, bytes]]),
    drops: round > 0 ? [`round${round - 1}`] : [],
  };
}

/** Jobs that fail as they are told: `die` ends its thread the first `times`, which a file counts. */
const trouble = {
  name: "trouble",
  check: (spec) => spec,
  start: ({ jobs }) => ({ state: null, jobs: jobs.map((data, i) => ({ key: keyOf([i, data]), data })) }),
  async compute(_, { data }, __, { file }) {
    if (data.throws) throw new Error(data.throws);
    if (data.file) return { value: readFileSync(await file(data.file), "utf8") };
    if (data.die) {
      const before = existsSync(data.die) ? Number(readFileSync(data.die, "utf8")) : 0;
      if (before < data.times) {
        writeFileSync(data.die, String(before + 1));
        process.exit(7);
      }
      rmSync(data.die);
    }
    if (data.forever) await new Promise(() => setInterval(() => {}, 1000));
    return { value: data.value ?? null };
  },
  next: (_, __, outcomes) => ({ result: outcomes }),
};

export const programs = [sum, rounds, trouble];
