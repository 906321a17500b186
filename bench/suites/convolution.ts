import { adam } from "lanewise";
import { type ConvolutionalNet, convolutionalNets } from "../convolutional-nets.js";
import { convolutionalModelOf } from "../method/convolutional-model.js";
import { asyncBatchOf, batchOf, CALLS, measure, type Pace } from "../method/measure.js";
import { randomFloats } from "../method/random.js";
import { rateOf, timeOf } from "../results.js";
import type { Bench, Case, Result } from "./suite.js";

/** Samples of a call of predict. */
const ROWS = 64;
const PACE: Pace = {
  warmSeconds: 1,
  warmCalls: 1,
  seconds: 4,
  leastRepetitions: 3,
  mostRepetitions: 60,
  batchSeconds: 0.02,
};

/** Training and prediction of networks of convolutions; training is held against the core's peak. */
export const convolution: readonly Case[] = convolutionalNets.flatMap((net) => [
  { title: `${net.name} by fit`, run: (bench) => train(bench, net) },
  { title: `${net.name}, one sample`, run: (bench) => predict(bench, net, 1) },
  { title: `${net.name}, ${ROWS} samples`, run: (bench) => predict(bench, net, ROWS) },
]);

const sizeOf = ({ input }: ConvolutionalNet): number => input.reduce((size, length) => size * length, 1);

async function train({ backend, meter, pace }: Bench, net: ConvolutionalNet): Promise<Result[]> {
  const size = sizeOf(net);
  const x = backend.matrix(net.samples, size, randomFloats(net.samples * size, 1, 0, 1));
  const y = Int32Array.from(randomFloats(net.samples, 2, 0, net.classes), Math.floor);
  const model = convolutionalModelOf(backend, net);
  const optimizer = adam();
  const epoch = async () => {
    await model.fit(x, y, { loss: "softmaxCrossEntropy", optimizer, epochs: 1, batchSize: net.batch });
  };
  const batch = asyncBatchOf(epoch, () => model.parameters[0].value.data[0]);
  meter.reset();
  const summary = await measure(batch, pace(PACE), () => meter.sample());
  const plan = model.plan({ training: true, rows: net.batch });
  const [, bytes, needed] = /^(\d+) bytes.*needs (\d+) bytes/.exec(plan) ?? [];
  model.dispose();
  x.dispose();
  const rate = rateOf(summary, net.samples);
  const flops = (rate.fastest ?? rate.value) * net.training * 1e6;
  const shape = `${net.title}, batch ${net.batch}`;
  return [
    {
      name: `${net.name} fit`,
      size: shape,
      ...rate,
      unit: "samples/s",
      peak: (meter.fastest * 1e9) / (net.training * 1e6),
      ratio: flops / (meter.fastest * 1e9),
    },
    { name: `${net.name}, memory of a step`, size: shape, value: Number(bytes) / 1e6, unit: "MB" },
    { name: `${net.name}, needed by backward`, size: shape, value: Number(needed) / 1e6, unit: "MB" },
  ];
}

async function predict({ backend, pace }: Bench, net: ConvolutionalNet, rows: number): Promise<Result[]> {
  const model = convolutionalModelOf(backend, net);
  const x = randomFloats(rows * sizeOf(net), 1, 0, 1);
  const options = { out: new Float32Array(rows * net.classes) };
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
