import { batchOf, CALLS, measure } from "../method/measure.js";
import { modelOf } from "../method/model.js";
import { randomFloats } from "../method/random.js";
import { layersOf, mlp } from "../nets.js";
import { rateOf, timeOf } from "../results.js";
import type { Bench, Case, Result } from "./suite.js";

const ROWS = 256;

/** predict from the caller's array into the caller's array. */
export const infer: readonly Case[] = [
  { title: "mlp, one sample", run: (bench) => run(bench, 1) },
  { title: `mlp, ${ROWS} samples`, run: (bench) => run(bench, ROWS) },
];

async function run({ backend, pace }: Bench, rows: number): Promise<Result[]> {
  const model = modelOf(backend, mlp);
  const x = randomFloats(rows * mlp.inputs, 1, 0, 1);
  const options = { out: new Float32Array(rows * mlp.outputs) };
  const batch = batchOf(
    () => model.predict(x, options),
    () => options.out[0],
  );
  const summary = await measure(batch, pace(CALLS));
  model.dispose();
  const name = "mlp predict";
  const size = `${layersOf(mlp)}, batch ${rows}`;
  return [
    rows === 1
      ? { name, size, ...timeOf(summary, 1e6), unit: "us/call" }
      : { name, size, ...rateOf(summary, rows), unit: "samples/s" },
  ];
}
