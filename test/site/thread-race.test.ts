import { readFile } from "node:fs/promises";
import { type Backend, createBackend, Model } from "lanewise";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { loadDigitImages } from "../../site/playground/data/digit-images.js";
import { lanesOf, sameBits } from "../../site/playground/lenses/lanes.js";
import { whyNoThreads } from "../../site/playground/lenses/threads-here.js";
import type { RaceLap } from "../../site/playground/messages.js";
import { inTurn } from "../../site/playground/race.js";
import { threadLap } from "../../site/playground/thread-race.js";
import { threadTaskShape } from "../../site/playground/thread-task.js";

const file = new URL("../../examples/digits/data/digits.csv.gz", import.meta.url);
/** The script of the threads, as the build makes it. */
const worker = new URL("../../dist/threads-worker.js", import.meta.url);
beforeAll(() => loadDigitImages(async () => new Uint8Array(await readFile(file))));

const lapOf = (threads: number, milliseconds: number, hash?: string): RaceLap => ({
  variant: "simd",
  threads,
  round: 1,
  milliseconds,
  samples: 1000,
  hash,
});

describe("a lap of the race of threads", () => {
  it("has the bits of one thread, however many there are, and begins anew each time", async () => {
    const backends = [await createBackend(), await createBackend({ threads: 2, worker })];
    const laps: RaceLap[] = [];
    await inTurn(backends, 2, threadLap, (lap) => laps.push(lap));
    for (const backend of backends) backend.dispose();
    expect(laps.map(({ threads }) => threads)).toEqual([1, 2, 1, 2]);
    expect(laps[0].hash).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(laps.map(({ hash }) => hash))).toEqual(new Set([laps[0].hash]));
    // 20 epochs of 28 batches of 64.
    expect(laps.map(({ samples }) => samples)).toEqual([35_840, 35_840, 35_840, 35_840]);
  });

  it("trains the network that the page names", async () => {
    let lengths: number[] = [];
    const dispose = vi.spyOn(Model.prototype, "dispose").mockImplementation(function (this: Model) {
      lengths = this.parameters.map(({ value }) => value.data.length);
    });
    await threadLap(await createBackend());
    dispose.mockRestore();
    expect(threadTaskShape.join("-")).toBe("784-128-64-10");
    expect(lengths).toEqual([784 * 128, 128, 128 * 64, 64, 64 * 10, 10]);
  });
});

describe("a race", () => {
  it("has the backends run in turn, round by round", async () => {
    const backends = ["a", "b"] as unknown as Backend[];
    const order: unknown[] = [];
    await inTurn(
      backends,
      2,
      async (backend) => {
        order.push(backend);
        return lapOf(1, 1);
      },
      ({ round }) => order.push(round),
    );
    expect(order).toEqual(["a", 1, "b", 1, "a", 2, "b", 2]);
  });

  it("gives each lane its fastest lap", () => {
    const lanes = lanesOf([lapOf(1, 50, "a"), lapOf(2, 40, "a"), lapOf(1, 40, "a"), lapOf(2, 20, "b")]);
    expect(lanes).toEqual([
      { variant: "simd", threads: 1, laps: 2, best: 40, worst: 50, rate: 25_000, hashes: ["a"] },
      { variant: "simd", threads: 2, laps: 2, best: 20, worst: 40, rate: 50_000, hashes: ["a", "b"] },
    ]);
  });

  it("has the same bits if all laps of several lanes have", () => {
    const agree = (...laps: RaceLap[]) => sameBits(lanesOf(laps));
    expect(agree(lapOf(1, 1, "a"), lapOf(2, 1, "a"))).toBe(true);
    expect(agree(lapOf(1, 1, "a"), lapOf(2, 1, "b"))).toBe(false);
    expect(agree(lapOf(1, 1, "a"), lapOf(2, 1, "a"), lapOf(1, 1, "b"))).toBe(false);
    expect(agree(lapOf(1, 1, "a"), lapOf(1, 1, "a"))).toBe(false);
    // Without SHA-256 nobody knows.
    expect(agree(lapOf(1, 1), lapOf(2, 1))).toBe(false);
    expect(agree()).toBe(false);
  });
});

describe("a page has threads", () => {
  const page = { isIsolated: true, hasSharedMemory: true, cores: 2 };

  it("if it is isolated and has shared memory and two cores", () => {
    expect(whyNoThreads(page)).toBeUndefined();
  });

  it.each([
    [{ isIsolated: false, hasSharedMemory: false }, "not isolated from other origins"],
    [{ hasSharedMemory: false }, "no memory to share"],
    [{ cores: 1 }, "one core"],
  ])("or, with %o, one sentence that says why not", (part, reason) => {
    const sentence = whyNoThreads({ ...page, ...part });
    expect(sentence).toContain(reason);
    expect(sentence?.match(/\./g)).toHaveLength(1);
  });
});
