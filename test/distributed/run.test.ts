import { describe, expect, it } from "vitest";
import { canonical, hashOf } from "../../src/distributed/canonical.js";
import type { Job, Output, Program, Stage } from "../../src/distributed/engine.js";
import { Known, packed, unpacked } from "../../src/distributed/known.js";
import { runOf, walk } from "../../src/distributed/run.js";
import { ranked, summary, trialResult } from "../../src/distributed/sweep/result.js";

/** What engines have in common, without threads. */

const bytes = (...values: number[]) => Uint8Array.from(values);
const job = (key: string, reads?: readonly string[]): Job => ({ key, data: key, ...(reads && { reads }) });

/** A program of two stages. */
const programOf = (first: Partial<Stage>, next: Program["next"]): Program => ({
  name: "two",
  check: (spec) => spec as string,
  start: () => ({ state: 1, jobs: [job("a"), job("b")], ...first }),
  compute: () => Promise.reject(new Error("the engine computes")),
  next,
});

const compute = async ({ key }: Job): Promise<Output> => {
  if (key === "b") throw new Error("no b");
  return { value: key, blobs: new Map([[`of ${key}`, bytes(key.charCodeAt(0))]]) };
};

describe("a walk whose blobs are taken", () => {
  const names = ["0", "1", "2", "3", "4", "5", "6"];
  const giving = programOf({ jobs: names.map((name) => job(name)), gives: names }, (_, __, outcomes) => {
    const wrong = outcomes.find((outcome) => "error" in outcome);
    if (wrong) throw new Error(JSON.stringify(outcomes.map((outcome) => Object.values(outcome)[0])));
    return { result: "done", keeps: names };
  });
  const output = ({ key }: Job): Output => ({ value: key, blobs: new Map([[key, bytes(Number(key))]]) });

  it("hands them over in the order of the jobs, and begins no job far ahead", async () => {
    const begun: string[] = [];
    const taken: string[] = [];
    let release = (): void => {};
    const first = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { result, blobs } = await walk(giving, "spec", {
      workers: 2,
      compute: async (each) => {
        begun.push(each.key);
        if (begun.length === 4) release();
        // The others wait for the first one, and it for as many as may begin before it is handed over.
        if (each.key === "0") {
          await first;
          expect([begun, taken]).toEqual([["0", "1", "2", "3"], []]);
        }
        return output(each);
      },
      take: async (name, content) => {
        await Promise.resolve();
        taken.push(`${name} ${content}`);
      },
    });
    expect(taken).toEqual(names.map((name) => `${name} ${name}`));
    expect([result, blobs.size]).toEqual(["done", 0]);
  });

  it("ends when one of them is not taken, without the other jobs", async () => {
    const begun: string[] = [];
    const running = walk(giving, "spec", {
      workers: 1,
      compute: async (each) => {
        begun.push(each.key);
        return output(each);
      },
      take: (name) => {
        if (name === "1") throw new Error("the disk is full");
      },
    });
    await expect(running).rejects.toThrow("the disk is full");
    expect(begun).toEqual(["0", "1", "2"]);
  });

  it("begins no other job when one has failed", async () => {
    const running = walk(giving, "spec", {
      workers: 1,
      compute: async (each) => {
        if (each.key === "1") throw new Error("no 1");
        return output(each);
      },
      take: () => {},
    });
    const rest = names.slice(2).map(() => "the job was not begun, since another one failed");
    await expect(running).rejects.toThrow(JSON.stringify(["0", "no 1", ...rest]));
  });

  it("collects them where they are not taken", async () => {
    const { blobs } = await walk(giving, "spec", { workers: 1, compute: async (each) => output(each) });
    expect([...blobs.keys()]).toEqual(names);
  });

  it("takes what the result keeps at the end, and lets jobs read what the run was given", async () => {
    const program = programOf({ jobs: [job("a", ["given"])] }, () => ({
      result: null,
      keeps: ["late", "given"],
      blobs: new Map([["late", bytes(9)]]),
    }));
    const taken: string[] = [];
    const { blobs } = await walk(program, "spec", {
      workers: 1,
      blobs: new Map([["given", bytes(5)]]),
      compute: async (_, reads) => ({ value: [...(reads.get("given") ?? [])] }),
      take: (name, content) => {
        taken.push(`${name} ${content}`);
      },
    });
    expect([taken, blobs.size]).toEqual([["late 9", "given 5"], 0]);
  });
});

describe("a walk through a program", () => {
  it("hands over outcomes in the order of the jobs, and the blobs that there are", async () => {
    let seen: unknown;
    const program = programOf({ reads: ["of a", "of b"] }, (_, { state }, outcomes, reads) => {
      seen = [state, outcomes, [...reads]];
      return { result: "done", keeps: ["of a"] };
    });
    const { result, blobs } = await walk(program, "spec", { workers: 1, compute });
    expect(seen).toEqual([1, [{ value: "a" }, { error: "no b" }], [["of a", bytes(97)]]]);
    expect([result, [...blobs]]).toEqual(["done", [["of a", bytes(97)]]]);
  });

  it("gives jobs the blobs that they read, until these are dropped", async () => {
    const read: string[] = [];
    const program = programOf(
      { blobs: new Map([["x", bytes(1)]]), jobs: [job("a", ["x"])] },
      (_, { state }) =>
        state === 1
          ? { state: 2, jobs: [job("c", ["x"])] }
          : state === 2
            ? { state: 3, jobs: [job("d", ["x"])], drops: ["x"] }
            : { result: null },
    );
    const seen: number[] = [];
    await walk(program, "spec", {
      workers: 1,
      compute: async ({ key }, reads) => {
        read.push(`${key} ${[...reads.keys()]}`);
        return { value: key };
      },
      onProgress: ({ failed }) => seen.push(failed),
    });
    // The job that reads what was dropped fails.
    expect(read).toEqual(["a x", "c x"]);
    expect(seen.at(-1)).toBe(1);
  });

  it("names a blob that the result keeps and is not there", async () => {
    const program = programOf({}, () => ({ result: null, keeps: ["z"] }));
    await expect(walk(program, "spec", { workers: 1, compute })).rejects.toThrow(
      'the result of two reads the blob "z", which is not there',
    );
  });
});

describe("a run", () => {
  it("has the id of its program and spec, whatever the order of keys", () => {
    const program = programOf({}, () => ({ result: null }));
    const { id } = runOf(program, { a: 1, b: [2, { d: 1, c: 2 }] });
    expect(runOf(program, { b: [2, { c: 2, d: 1 }], a: 1 }).id).toBe(id);
    expect(runOf(program, { a: 1, b: [2, { d: 1, c: 3 }] }).id).not.toBe(id);
    expect(runOf({ ...program, name: "other" }, { a: 1, b: [2, { d: 1, c: 2 }] }).id).not.toBe(id);
  });
});

describe("canonical JSON", () => {
  it("has sorted keys and no spaces", () => {
    expect(canonical({ b: [1, "é", null], a: { d: true, c: 0.1 } })).toBe(
      '{"a":{"c":0.1,"d":true},"b":[1,"é",null]}',
    );
    expect(hashOf({})).toBe("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
  });

  it("has no numbers that are not finite", () => {
    expect(() => canonical([Number.NaN])).toThrow("canonical JSON expected finite numbers, got NaN");
  });
});

describe("an output in a file", () => {
  const output = {
    value: { a: [1, "ü"] },
    blobs: new Map([
      ["x", bytes(10, 0, 255)],
      ["y", bytes()],
      ["z", bytes(7)],
    ]),
  };

  it("comes back as it was", () => {
    expect(unpacked(packed(output))).toEqual(output);
    expect(unpacked(packed({ value: null }))).toEqual({ value: null });
  });

  it("is refused with any byte changed, or cut off", () => {
    const file = packed(output);
    for (let i = 0; i < file.length; i++) {
      const damaged = Uint8Array.from(file);
      damaged[i] ^= 1;
      expect(() => unpacked(damaged), String(i)).toThrow();
      expect(() => unpacked(file.subarray(0, i)), String(i)).toThrow();
    }
  });
});

it("outputs that are known keep at most 64 MB of blobs, the newest, and all values", () => {
  const known = new Known(undefined);
  const large = (i: number) => ({ value: i, blobs: new Map([["x", new Uint8Array(30 * 1024 * 1024)]]) });
  known.set("small", { value: "small" });
  for (const i of [1, 2, 3]) known.set(String(i), large(i));
  expect(["small", "1", "2", "3"].map((key) => known.get(key)?.value)).toEqual(["small", undefined, 2, 3]);
});

describe("trials", () => {
  const fold = (score: number | null, loss: number | null, why?: string) => ({
    ...{ score, loss, epochs: 1, trained: 1, weights: "w" },
    ...(why && { why }),
  });
  const lower = { name: "loss", better: "lower" } as const;
  const higher = { name: "accuracy", better: "higher" } as const;

  it("have the mean and the deviation of their folds, and none where a fold has none", () => {
    expect(trialResult(3, {}, [fold(1, 2), fold(3, 4)])).toMatchObject({
      index: 3,
      score: 2,
      deviation: 1,
      loss: 3,
    });
    const failed = trialResult(0, {}, [fold(1, 2), fold(null, null, "it blew up")]);
    expect(failed).toMatchObject({ score: null, deviation: null, loss: null, why: "fold 1: it blew up" });
  });

  it("are ranked by score, then by loss, then by number; those without a score come last", () => {
    const trials = [
      trialResult(0, {}, [fold(null, null, "no")]),
      trialResult(1, {}, [fold(0.5, 3)]),
      trialResult(2, {}, [fold(0.5, 2)]),
      trialResult(3, {}, [fold(0.7, 9)]),
      trialResult(4, {}, [fold(0.5, 2)]),
    ];
    expect(ranked(trials, higher).map(({ index }) => index)).toEqual([3, 2, 4, 1, 0]);
    expect(ranked(trials, lower).map(({ index }) => index)).toEqual([2, 4, 1, 3, 0]);
  });

  it("of later rungs are before those that were left behind", () => {
    const trials = [trialResult(0, {}, [fold(0.9, 1)], 0), trialResult(1, {}, [fold(0.5, 1)], 1)];
    expect(summary(trials, higher)).toMatchObject({ best: 1, ranking: [1, 0] });
  });

  it("are an error where none has a score", () => {
    const trials = [trialResult(0, {}, [fold(null, null, "no")])];
    expect(() => summary(trials, lower)).toThrow("sweep: none of 1 trials has a score; trial 0, fold 0: no");
  });

  it("keep the learning curves of the best twenty", () => {
    const trials = Array.from({ length: 30 }, (_, i) =>
      trialResult(i, {}, [{ ...fold(30 - i, 1), curve: [1] }]),
    );
    const curves = summary(trials, lower).trials.flatMap(({ index, folds }) =>
      folds[0].curve ? [index] : [],
    );
    expect(curves).toEqual(Array.from({ length: 20 }, (_, i) => i + 10));
  });
});
