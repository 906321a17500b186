import { type ConvolutionalNet, convolutionalNets } from "../convolutional-nets.js";
import { layersOf, mlp, type Net, nets } from "../nets.js";
import { type SequenceNet, sequenceNets } from "../sequence-nets.js";

/** What a peer is told to do, as it goes to its process. */
export type Task =
  | { readonly kind: "gemm"; readonly size: number }
  | { readonly kind: "train"; readonly net: Net }
  | { readonly kind: "infer"; readonly net: Net; readonly rows: number }
  | { readonly kind: "trainConvolutional"; readonly net: ConvolutionalNet }
  | { readonly kind: "inferConvolutional"; readonly net: ConvolutionalNet; readonly rows: number }
  | { readonly kind: "trainSequence"; readonly net: SequenceNet }
  | { readonly kind: "inferSequence"; readonly net: SequenceNet; readonly rows: number }
  /** A sequence, one step at a time, the state kept between them. */
  | { readonly kind: "stepSequence"; readonly net: SequenceNet };

export interface Workload {
  /** What --workload calls it. */
  readonly group: string;
  readonly title: string;
  readonly size: string;
  readonly unit: "GFLOP/s" | "samples/s" | "tokens/s" | "us/call";
  readonly task: Task;
  /** The value in that unit of something that a peer did so often in so many seconds. */
  value(calls: number, seconds: number): number;
}

const gemm = (size: number): Workload => ({
  group: "gemm",
  title: "matrix product",
  size: `${size} x ${size} x ${size}`,
  unit: "GFLOP/s",
  task: { kind: "gemm", size },
  value: (calls, seconds) => (calls * 2 * size ** 3) / seconds / 1e9,
});

const train = (net: Net): Workload => ({
  group: net.name,
  title: `training ${net.name}`,
  size: `${layersOf(net)}, batch ${net.batch}`,
  unit: "samples/s",
  task: { kind: "train", net },
  value: (calls, seconds) => (calls * net.batch) / seconds,
});

const infer = (rows: number): Workload => ({
  group: "infer",
  title: "inference",
  size: `${layersOf(mlp)}, batch ${rows}`,
  unit: rows === 1 ? "us/call" : "samples/s",
  task: { kind: "infer", net: mlp, rows },
  value: (calls, seconds) => (rows === 1 ? (seconds * 1e6) / calls : (calls * rows) / seconds),
});

const trainConvolutional = (net: ConvolutionalNet): Workload => ({
  group: net.name,
  title: `training ${net.name}`,
  size: `${net.title}, batch ${net.batch}`,
  unit: "samples/s",
  task: { kind: "trainConvolutional", net },
  value: (calls, seconds) => (calls * net.batch) / seconds,
});

const inferConvolutional = (net: ConvolutionalNet, rows: number): Workload => ({
  group: net.name,
  title: `inference of ${net.name}`,
  size: `${net.title}, batch ${rows}`,
  unit: rows === 1 ? "us/call" : "samples/s",
  task: { kind: "inferConvolutional", net, rows },
  value: (calls, seconds) => (rows === 1 ? (seconds * 1e6) / calls : (calls * rows) / seconds),
});

/** Of a sequence: the tokens that it predicts, or itself. */
const partsOf = ({ target, input }: SequenceNet): number => (target === "tokens" ? input[0] : 1);

const trainSequence = (net: SequenceNet): Workload => ({
  group: net.name,
  title: `training ${net.name}`,
  size: `${net.title}, batch ${net.batch}`,
  unit: net.target === "tokens" ? "tokens/s" : "samples/s",
  task: { kind: "trainSequence", net },
  value: (calls, seconds) => (calls * net.batch * partsOf(net)) / seconds,
});

const inferSequence = (net: SequenceNet, rows: number): Workload => ({
  group: net.name,
  title: `inference of ${net.name}`,
  size: `${net.title}, batch ${rows}`,
  unit: rows === 1 ? "us/call" : net.target === "tokens" ? "tokens/s" : "samples/s",
  task: { kind: "inferSequence", net, rows },
  value: (calls, seconds) => (rows === 1 ? (seconds * 1e6) / calls : (calls * rows * partsOf(net)) / seconds),
});

const stepSequence = (net: SequenceNet): Workload => ({
  group: net.name,
  title: `${net.name}, one token after the other`,
  size: `${net.title}, one sequence`,
  unit: "tokens/s",
  task: { kind: "stepSequence", net },
  value: (calls, seconds) => (calls * net.input[0]) / seconds,
});

export const workloads: readonly Workload[] = [
  ...nets.map(train),
  ...convolutionalNets.flatMap((net) => [
    trainConvolutional(net),
    inferConvolutional(net, 1),
    inferConvolutional(net, 64),
  ]),
  ...sequenceNets.flatMap((net) => [
    trainSequence(net),
    inferSequence(net, 1),
    inferSequence(net, 64),
    ...(net.target === "tokens" ? [stepSequence(net)] : []),
  ]),
  infer(1),
  infer(256),
  ...[64, 256, 512].map(gemm),
];

export const groups: readonly string[] = [...new Set(workloads.map(({ group }) => group))];
