import { fileURLToPath } from "node:url";
import { createBackend, modelFrom } from "lanewise";
import { type DistributedSpec, type Engine, trainDistributed } from "lanewise/distributed";

/** What a round of `trainDistributed` takes beside its steps: weights sent, averaged and written. */

export const DATA = fileURLToPath(new URL("../../examples/data", import.meta.url));

const SHARDS = 4;
const BATCH = 16;
/** Of breast_cancer.csv. */
const COLUMNS = 30;
const ROWS = 569;
const FEW = 5;
const MANY = 35;
const RUNS = 3;

/** Units of two layers, and the steps of a shard in a round: 1 sums gradients, of 9 an epoch is a round. */
const nets: readonly (readonly [units: number, localSteps: number])[] = [
  [64, 1],
  [64, 9],
  [512, 9],
  [1024, 9],
];

export const roundsHead = [
  "",
  "parameters",
  "steps a shard",
  "ms a round",
  "ms of its steps by fit",
  "ms beside",
];

/** A row for each net. The engine has one thread. */
export async function roundRows(name: string, engine: Engine): Promise<string[][]> {
  const rows: string[][] = [];
  for (const [units, localSteps] of nets) {
    const layers = [units, units].map((count) => ({ type: "dense", units: count, activation: "relu" }));
    const { parameters, ms } = await stepsByFit(layers, localSteps * SHARDS);
    // Names of other runs, of which nothing is known.
    const timeOf = async (rounds: number, seed: number): Promise<number> => {
      const spec: DistributedSpec = {
        data: { file: "breast_cancer.csv", target: "diagnosis" },
        seed,
        model: { layers: [...layers, "output"] },
        optimizer: "sgd",
        shards: SHARDS,
        localSteps,
        fit: { batchSize: BATCH },
        rounds,
      };
      const began = performance.now();
      await trainDistributed(spec, { engine, folder: DATA });
      return performance.now() - began;
    };
    const times: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      const seed = 1000 * process.pid + 2 * run;
      const few = await timeOf(FEW, seed);
      times.push((await timeOf(MANY, seed + 1)) - few);
    }
    const round = Math.min(...times) / (MANY - FEW);
    const numbers = [round, ms, round - ms].map((each) => each.toFixed(1));
    rows.push([name, String(parameters), String(localSteps), ...numbers]);
  }
  return rows;
}

/** The duration of `steps` steps in one call of fit, in milliseconds, and the number of parameters. */
async function stepsByFit(
  layers: readonly object[],
  steps: number,
): Promise<{ parameters: number; ms: number }> {
  const backend = await createBackend();
  const spec = { inputShape: [COLUMNS], layers: [...layers, { type: "dense", units: 2 }], seed: 1 };
  const model = modelFrom(backend, spec as never);
  const x = Float32Array.from({ length: ROWS * COLUMNS }, (_, i) => ((i * 7919) % 101) / 50 - 1);
  const y = Int32Array.from({ length: ROWS }, (_, i) => i % 2);
  const perEpoch = Math.ceil(ROWS / BATCH);
  const epochs = 5;
  const train = () =>
    model.fit(x, y, { loss: "softmaxCrossEntropy", optimizer: "sgd", batchSize: BATCH, epochs });
  await train();
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run++) {
    const began = performance.now();
    await train();
    least = Math.min(least, performance.now() - began);
  }
  const { parameterCount } = model;
  model.dispose();
  return { parameters: parameterCount, ms: (least * steps) / (epochs * perEpoch) };
}
