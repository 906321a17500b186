import {
  adadelta,
  adagrad,
  adam,
  adamw,
  type Backend,
  type DenseOptions,
  dense,
  dropout,
  type FitOptions,
  gaussianNoise,
  type Layer,
  lion,
  losses,
  type Matrix,
  type Metric,
  metrics,
  nadam,
  type Optimizer,
  rmsprop,
  Sequential,
  schedules,
  sgd,
} from "lanewise";
import { compare } from "../method/compare.js";
import { asyncBatchOf, type Pace } from "../method/measure.js";
import { samplesOf } from "../method/model.js";
import { layersOf, mlp, type Net } from "../nets.js";
import type { Bench, Case, Result } from "./suite.js";

/** What is measured against: Adam by fit, without anything that can be left out. */
const net: Net = { ...mlp, hidden: [128], samples: 1024 };
/** A repetition is a pair of calls of fit, of an epoch each: what disturbs the one disturbs the other. */
const PACE: Pace = {
  warmSeconds: 0.5,
  warmCalls: 2,
  seconds: 6,
  leastRepetitions: 40,
  mostRepetitions: 200,
  batchSeconds: 0,
};

/** One thing that a training may have. */
interface Feature {
  readonly name: string;
  readonly fit?: Partial<FitOptions>;
  readonly optimizer?: () => Optimizer;
  /** What comes after the hidden layer. */
  readonly after?: Layer;
  /** Of the hidden layer. */
  readonly dense?: DenseOptions;
  /** Whether the answer is a yes or no, with and without the feature. */
  readonly binary?: boolean;
}

const labels = samplesOf(net).labels;
const measured = (metric: Metric, binary = false): Feature => ({
  name: `metric ${metric.name}${binary ? ", of a yes or no" : ""}`,
  fit: { metrics: [metric] },
  binary,
});
const instead = (name: string, optimizer: () => Optimizer): Feature => ({
  name: `${name} instead of adam`,
  optimizer,
});

const list: readonly Feature[] = [
  { name: "nothing: how exact this is" },
  { name: "clipNorm", optimizer: () => adam({ clipNorm: 1 }) },
  { name: "clipValue", optimizer: () => adam({ clipValue: 0.01 }) },
  { name: "sampleWeights", fit: { sampleWeights: Float32Array.from(labels, (_, i) => 1 + (i % 2)) } },
  { name: "classWeights", fit: { classWeights: Array.from({ length: net.outputs }, (_, i) => 1 + (i % 2)) } },
  measured(metrics.accuracy()),
  measured(metrics.topKAccuracy({ k: 3 })),
  measured(metrics.f1()),
  measured(metrics.confusionMatrix()),
  measured(metrics.accuracy(), true),
  measured(metrics.rocAuc(), true),
  { name: "labelSmoothing", fit: { loss: losses.softmaxCrossEntropy({ labelSmoothing: 0.1 }) } },
  { name: "dropout of the hidden units", after: dropout(0.2) },
  { name: "gaussianNoise on the hidden units", after: gaussianNoise(0.1) },
  { name: "L2 penalty on the hidden kernel", dense: { kernelRegularizer: { l2: 1e-4 } } },
  { name: "maxNorm of the hidden kernel", dense: { kernelConstraint: { maxNorm: 2 } } },
  { name: "earlyStopping, best weights kept", fit: { earlyStopping: {} } },
  { name: "onBatchEnd", fit: { onBatchEnd: () => {} } },
  { name: "accumulate: 2", fit: { accumulate: 2 } },
  {
    name: "a cosine schedule",
    optimizer: () => adam({ learningRate: schedules.cosine({ learningRate: 1e-3, steps: 16 }) }),
  },
  {
    name: "a group without weight decay",
    optimizer: () => adam({ weightDecay: 0.01, groups: [{ parameters: /bias$/, weightDecay: 0 }] }),
  },
  instead("sgd", () => sgd()),
  instead("sgd with momentum", () => sgd({ momentum: 0.9 })),
  instead("adam with amsgrad", () => adam({ amsgrad: true })),
  instead("adamw", () => adamw()),
  instead("nadam", () => nadam()),
  instead("rmsprop", () => rmsprop()),
  instead("adagrad", () => adagrad()),
  instead("adadelta", () => adadelta()),
  instead("lion", () => lion()),
];

/** What each thing that training may have adds to a step. */
export const features: readonly Case[] = list.map((feature) => ({
  title: feature.name,
  run: (bench) => run(bench, feature),
}));

async function run({ backend, pace }: Bench, feature: Feature): Promise<Result[]> {
  const { x } = samplesOf(net);
  const inputs = backend.matrix(net.samples, net.inputs, x);
  const { binary } = feature;
  const usual = new Subject(backend, { name: "", binary });
  const other = new Subject(backend, feature);
  const batchOf = (subject: Subject) =>
    asyncBatchOf(
      () => subject.fit(inputs),
      () => subject.weight,
    );
  const { median, interquartile, count } = await compare(batchOf(usual), batchOf(other), pace(PACE), () => {
    usual.renew();
    other.renew();
  });
  for (const used of [usual.model, other.model, inputs]) used.dispose();
  const size = `${layersOf({ ...net, outputs: binary ? 1 : net.outputs })}, batch ${net.batch}`;
  return [
    {
      name: feature.name,
      size,
      unit: "% of a step",
      value: 100 * (median - 1),
      spread: 100 * interquartile,
      repetitions: count,
    },
  ];
}

/** A model that is made anew, unmeasured, before each repetition: all compute the same. */
class Subject {
  model: Sequential;
  private optimizer: Optimizer;

  constructor(
    private readonly backend: Backend,
    private readonly feature: Feature,
  ) {
    [this.model, this.optimizer] = this.make();
  }

  renew(): void {
    this.model.dispose();
    [this.model, this.optimizer] = this.make();
  }

  async fit(inputs: Matrix): Promise<void> {
    const { binary, fit } = this.feature;
    const y = binary ? labels.map((label) => label % 2) : labels;
    const loss = binary ? "binaryCrossEntropyWithLogits" : "softmaxCrossEntropy";
    await this.model.fit(inputs, y, { loss, optimizer: this.optimizer, batchSize: net.batch, ...fit });
  }

  get weight(): number {
    return this.model.parameters[0].value.data[0];
  }

  private make(): [Sequential, Optimizer] {
    const { after, dense: options, optimizer = adam, binary } = this.feature;
    const layers = [
      dense(net.hidden[0], { activation: net.activation, ...options }),
      ...(after ? [after] : []),
      dense(binary ? 1 : net.outputs),
    ];
    const model = new Sequential(this.backend, { inputShape: net.inputs, seed: 7, layers });
    return [model, optimizer().attach(model)];
  }
}
