import { adam, type Backend, losses, type Optimizer, type Sequential } from "lanewise";
import { garbageOf, growthOf } from "../method/bytes.js";
import { asyncBatchOf, batchOf, measure, type Pace } from "../method/measure.js";
import { modelOf, samplesOf } from "../method/model.js";
import { layersOf, type Net, nets } from "../nets.js";
import { rateOf } from "../results.js";
import type { Bench, Case, Result } from "./suite.js";

/** Epochs of a call of fit. */
const EPOCHS = 5;
/** Repetitions are whole epochs or calls of fit, from the same initial weights each. */
const PACE: Pace = {
  warmSeconds: 0.5,
  warmCalls: 1,
  seconds: 2.5,
  leastRepetitions: 2,
  mostRepetitions: 60,
  batchSeconds: 0.02,
};

/** Training as users write it: by `fit`, and step by step. */
export const train: readonly Case[] = nets.flatMap((net) => [
  { title: `${net.name} by fit`, run: (bench) => byFit(bench, net) },
  { title: `${net.name} by an explicit loop`, run: (bench) => byLoop(bench, net) },
]);

/**
 * A model with its optimizer, which is made anew unmeasured: else the last repetition would train other
 * weights than the first.
 */
class Subject {
  model: Sequential;
  optimizer: Optimizer;

  constructor(
    private readonly backend: Backend,
    private readonly net: Net,
  ) {
    this.model = modelOf(backend, net);
    this.optimizer = adam().attach(this.model);
  }

  renew(): void {
    this.model.dispose();
    this.model = modelOf(this.backend, this.net);
    this.optimizer = adam().attach(this.model);
  }

  get weight(): number {
    return this.model.parameters[0].value.data[0];
  }
}

async function byFit({ backend, pace }: Bench, net: Net): Promise<Result[]> {
  const { x, labels, values } = samplesOf(net);
  const inputs = backend.matrix(net.samples, net.inputs, x);
  const y = labels.length > 0 ? labels : values;
  const subject = new Subject(backend, net);
  const fitFor = async (epochs: number) => {
    await subject.model.fit(inputs, y, {
      loss: net.loss,
      optimizer: subject.optimizer,
      epochs,
      batchSize: net.batch,
    });
  };
  const batch = asyncBatchOf(
    () => fitFor(EPOCHS),
    () => subject.weight,
  );
  // One epoch warms up as well as five: the steps are the same.
  const warm = asyncBatchOf(
    () => fitFor(1),
    () => subject.weight,
  );
  const summary = await measure(batch, pace(PACE), () => subject.renew(), warm);
  const growth = await growthOf(backend, () => fitFor(1));
  const steps = garbageSteps(net);
  const few = inputs.rowRange(0, steps * net.batch);
  const targets = y.subarray(0, (steps * net.batch * y.length) / net.samples);
  const garbage = await garbageOf(async (epochs) => {
    await subject.model.fit(few, targets, {
      loss: net.loss,
      optimizer: subject.optimizer,
      epochs,
      batchSize: net.batch,
    });
  }, 1);
  subject.model.dispose();
  inputs.dispose();
  return describe(
    net,
    "fit",
    rateOf(summary, EPOCHS * net.samples),
    growth,
    garbage === undefined ? undefined : garbage / steps,
  );
}

async function byLoop({ backend, pace }: Bench, net: Net): Promise<Result[]> {
  const { x, labels, values } = samplesOf(net);
  const inputs = backend.matrix(net.samples, net.inputs, x);
  const targets = backend.matrix(net.samples, net.outputs, values);
  const dOut = backend.matrix(net.batch, net.outputs);
  const subject = new Subject(backend, net);
  const loss = losses[net.loss]();
  // The batches are made before, so that the garbage is the library's alone.
  const batches = Array.from({ length: stepsOf(net) }, (_, i) => {
    const begin = i * net.batch;
    const end = begin + net.batch;
    return {
      x: inputs.rowRange(begin, end),
      y: labels.length > 0 ? labels.subarray(begin, end) : targets.rowRange(begin, end),
    };
  });
  let lossSum = 0;
  const steps = (count: number) => {
    const { model, optimizer } = subject;
    for (let step = 0; step < count; step++) {
      const { x, y } = batches[step % batches.length];
      model.zeroGradients();
      const out = model.forward(x, { training: true });
      lossSum += loss.valueAndGradient(out, y, dOut);
      model.backward(dOut);
      optimizer.step();
    }
  };
  const epoch = () => steps(batches.length);
  const summary = await measure(
    batchOf(epoch, () => lossSum + subject.weight),
    pace(PACE),
    () => subject.renew(),
  );
  const growth = await growthOf(backend, epoch);
  const garbage = await garbageOf(steps, garbageSteps(net));
  subject.model.dispose();
  for (const matrix of [inputs, targets, dOut]) matrix.dispose();
  return describe(net, "loop", rateOf(summary, net.samples), growth, garbage);
}

function stepsOf({ samples, batch }: Net): number {
  return samples / batch;
}

/** An epoch's, but few of the large net's, which take long. */
function garbageSteps(net: Net): number {
  return Math.min(stepsOf(net), net.hidden[0] > 256 ? 4 : 64);
}

function describe(
  net: Net,
  way: string,
  rate: ReturnType<typeof rateOf>,
  growth: number,
  garbage: number | undefined,
): Result[] {
  const name = `${net.name} ${way}`;
  const size = `${layersOf(net)}, batch ${net.batch}`;
  return [
    { name, size, ...rate, unit: "samples/s" },
    { name: `${name}, linear memory`, size, value: growth, unit: "bytes grown" },
    ...(garbage === undefined
      ? []
      : [{ name: `${name}, garbage`, size, value: garbage, unit: "bytes/step" }]),
  ];
}
