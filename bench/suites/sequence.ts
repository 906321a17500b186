import { adam } from "lanewise";
import { asyncBatchOf, batchOf, CALLS, measure, type Pace } from "../method/measure.js";
import { randomFloats } from "../method/random.js";
import { sequenceModelOf, sequencesOf } from "../method/sequence-model.js";
import { rateOf, timeOf } from "../results.js";
import { type SequenceNet, sequenceNets } from "../sequence-nets.js";
import type { Bench, Case, Result } from "./suite.js";

/** Sequences of a call of predict. */
const ROWS = 64;
const PACE: Pace = {
  warmSeconds: 1,
  warmCalls: 1,
  seconds: 4,
  leastRepetitions: 3,
  mostRepetitions: 60,
  batchSeconds: 0.02,
};

/** Training and prediction of networks of sequences, and one step after the other. */
export const sequence: readonly Case[] = sequenceNets.flatMap((net) => [
  { title: `${net.name} by fit`, run: (bench: Bench) => train(bench, net) },
  { title: `${net.name}, one sequence`, run: (bench: Bench) => predict(bench, net, 1) },
  { title: `${net.name}, ${ROWS} sequences`, run: (bench: Bench) => predict(bench, net, ROWS) },
  ...(net.target === "tokens"
    ? [{ title: `${net.name}, step by step`, run: (bench: Bench) => generate(bench, net) }]
    : []),
]);

const sizeOf = ({ input }: SequenceNet): number => input.reduce((size, length) => size * length, 1);

async function train({ backend, meter, pace }: Bench, net: SequenceNet): Promise<Result[]> {
  const { samples, input, outputs, batch: batchSize } = net;
  const x = backend.matrix(samples, sizeOf(net), sequencesOf(net, samples));
  const y =
    net.target === "numbers"
      ? randomFloats(samples * outputs, 2, 0, 1)
      : Int32Array.from(
          randomFloats(net.target === "tokens" ? samples * input[0] : samples, 2, 0, outputs),
          Math.floor,
        );
  const model = sequenceModelOf(backend, net);
  const optimizer = adam();
  const loss = net.target === "numbers" ? "meanSquaredError" : "softmaxCrossEntropy";
  const epoch = async () => {
    await model.fit(x, y, { loss, optimizer, epochs: 1, batchSize });
  };
  meter.reset();
  const batch = asyncBatchOf(epoch, () => model.parameters[0].value.data[0]);
  const summary = await measure(batch, pace(PACE), () => meter.sample());
  model.dispose();
  x.dispose();
  const perSample = net.target === "tokens" ? input[0] : 1;
  const rate = rateOf(summary, samples * perSample);
  const flops = ((rate.fastest ?? rate.value) / perSample) * net.training * 1e6;
  return [
    {
      name: `${net.name} fit`,
      size: `${net.title}, batch ${batchSize}`,
      ...rate,
      unit: net.target === "tokens" ? "tokens/s" : "samples/s",
      ratio: flops / (meter.fastest * 1e9),
    },
  ];
}

async function predict({ backend, pace }: Bench, net: SequenceNet, rows: number): Promise<Result[]> {
  const model = sequenceModelOf(backend, net);
  const x = sequencesOf(net, rows);
  const options = { out: new Float32Array(rows * model.outputShape.reduce((size, n) => size * n, 1)) };
  const batch = batchOf(
    () => model.predict(x, options),
    () => options.out[0],
  );
  const summary = await measure(batch, pace(CALLS));
  model.dispose();
  const name = `${net.name} predict`;
  const size = `${net.title}, batch ${rows}`;
  return [
    rows === 1
      ? { name, size, ...timeOf(summary, 1e6), unit: "us/call" }
      : { name, size, ...rateOf(summary, rows), unit: "samples/s" },
  ];
}

async function generate({ backend, pace }: Bench, net: SequenceNet): Promise<Result[]> {
  const model = sequenceModelOf(backend, net);
  const stepper = model.stepper();
  const [time] = net.input;
  const tokens = sequencesOf(net, 1);
  const out = new Float32Array(stepper.outputSize);
  const batch = batchOf(
    () => {
      stepper.reset();
      for (let t = 0; t < time; t++) stepper.step(tokens.subarray(t, t + 1), out);
    },
    () => out[0],
  );
  const summary = await measure(batch, pace(CALLS));
  model.dispose();
  return [{ name: `${net.name} step`, size: net.title, ...rateOf(summary, time), unit: "tokens/s" }];
}
