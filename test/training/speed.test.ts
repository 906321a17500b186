import { afterEach, describe, expect, it, vi } from "vitest";
import { createBackendSync, dense, type EpochLog, losses, Sequential } from "../../src/index.js";

/**
 * Clocks of browsers move in steps of up to 100 ms, those of Workers only while a program waits. A speed is
 * then measured over enough steps, or not told.
 */
const backend = createBackendSync();
afterEach(() => void vi.restoreAllMocks());

/** A time that each batch takes, and a clock that shows it in steps. */
async function logsOf(millisecondsPerBatch: number, step: number, batches: number, epochs = 6) {
  let time = 0.37;
  let batch = 0;
  vi.spyOn(performance, "now").mockImplementation(() => Math.floor(time / step) * step);
  using model = new Sequential(backend, { inputShape: 1, layers: [dense(1)] });
  const lines: string[] = [];
  vi.spyOn(console, "log").mockImplementation((line) => void lines.push(line));
  const loss = losses.custom({
    value: () => {
      // No two batches take the same time.
      time += millisecondsPerBatch * (1 + 0.05 * Math.sin(++batch));
      return 0;
    },
    gradient: (_pred, _target, out) => void out.fill(0),
  });
  const rows = 10 * batches;
  const history = await model.fit(new Float32Array(rows), new Float32Array(rows), {
    loss,
    batchSize: 10,
    epochs,
    verbose: true,
  });
  return { logs: history.epochs, lines };
}

const speeds = (logs: EpochLog[]) =>
  logs.flatMap(({ samplesPerSecond }) => (samplesPerSecond === undefined ? [] : [samplesPerSecond]));

describe.each([
  ["of a microsecond", 0.001],
  ["of 0.1 ms", 0.1],
  ["of 1 ms", 1],
  ["of 16.667 ms", 16.667],
  ["of 100 ms", 100],
])("by a clock with steps %s", (_, step) => {
  it.each([
    ["a batch of 0.06 ms", 0.06, 1],
    ["batches of 0.3 ms", 0.3, 7],
    ["batches of 1.7 ms", 1.7, 40],
    ["a batch of 52 ms", 52.3, 1],
    ["batches of 60 ms", 60.4, 12],
    ["a batch of a second", 1033.3, 1],
  ])("the speed of %s is told within a quarter of the truth, or not at all", async (_, each, batches) => {
    const { logs, lines } = await logsOf(each, step, batches);
    const truth = 10_000 / each;
    for (const speed of speeds(logs)) {
      expect(speed).toBeGreaterThan(truth * 0.74);
      expect(speed).toBeLessThan(truth * 1.35);
    }
    // What takes long enough is told, from the second epoch on at the latest.
    if (each * batches >= 5 * step) expect(speeds(logs).length).toBeGreaterThanOrEqual(logs.length - 2);
    for (const [i, log] of logs.entries()) {
      expect("samplesPerSecond" in log).toBe(log.samplesPerSecond !== undefined);
      expect(lines[i].includes("samples/s")).toBe(log.samplesPerSecond !== undefined);
      expect(lines[i]).toMatch(/^epoch \d\/6 {2}loss 0\.0000/);
    }
  });
});

describe("by a clock that stands still", () => {
  it("no speed is told", async () => {
    const { logs, lines } = await logsOf(5, Number.MAX_VALUE, 10);
    expect(speeds(logs)).toEqual([]);
    expect(lines.join()).not.toContain("samples/s");
  });

  it("but while the program waits, none is told of what was done since", async () => {
    let time = 0;
    vi.spyOn(performance, "now").mockImplementation(() => time);
    using model = new Sequential(backend, { inputShape: 1, layers: [dense(1)] });
    const { epochs } = await model.fit(new Float32Array(100), new Float32Array(100), {
      loss: "meanSquaredError",
      batchSize: 1,
      epochs: 3,
      // Waiting is seen once, after a fifth of the epoch.
      onBatchEnd: ({ epoch, batch }) => {
        if (batch === 20) time += 10 + epoch;
      },
    });
    expect(speeds(epochs)).toEqual([]);
  });
});
