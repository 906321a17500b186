import { adam } from "lanewise";
import { CALLS, type Pace } from "../method/measure.js";
import { modelOf, samplesOf } from "../method/model.js";
import { keep } from "../method/sink.js";
import { layersOf, type Net, nets } from "../nets.js";
import type { Bench, Case, Result } from "./suite.js";

/** Where the time of a training step goes: to each call of a kernel, and to the host. */
export const step: readonly Case[] = nets.map((net) => ({
  title: `the account of a step of ${net.name}`,
  run: (bench) => account(bench, net),
}));

type Kernel = (...values: number[]) => number;
type Kernels = Record<string, Kernel>;

/** A call of a kernel. */
interface Call {
  readonly kernel: string;
  readonly values: readonly number[];
  readonly milliseconds: number;
}

/** A step from the end of the one before to its own. */
interface Account {
  readonly milliseconds: number;
  readonly calls: readonly Call[];
}

/** The call that ends a step. */
const LAST = "adam";

/** Kernels with a clock around each. */
class Clock {
  readonly kernels: Kernels = {};
  /** The fastest step so far. */
  fastest: Account | undefined;
  /** Of the step under way. */
  private calls: Call[] = [];
  private begun = Number.NEGATIVE_INFINITY;

  constructor(kernels: Kernels) {
    for (const [name, kernel] of Object.entries(kernels))
      this.kernels[name] = (...values) => {
        const begin = performance.now();
        const result = kernel(...values);
        const end = performance.now();
        this.calls.push({ kernel: name, values, milliseconds: end - begin });
        if (name === LAST) this.finish(end - this.begun);
        return result;
      };
  }

  private finish(milliseconds: number): void {
    if (milliseconds < (this.fastest?.milliseconds ?? Number.POSITIVE_INFINITY))
      this.fastest = { milliseconds, calls: this.calls };
    this.calls = [];
    this.begun = performance.now();
  }
}

/** By kernel, which of its arguments tell how much there is to do. */
const SIZES: Readonly<Record<string, readonly number[]>> = {
  gather: [3, 4],
  sumOfSquares: [1],
  squaredError: [2],
  squaredErrorGradient: [3],
  adam: [5],
  relu: [2],
  reluBackward: [3],
};

function sizeOf(kernel: string, values: readonly number[]): string {
  if (kernel === "gemm") {
    const [a, b] = [values[11] ? "^T" : "", values[12] ? "^T" : ""];
    return `${values.slice(4, 7).join(" x ")}${a || b ? `, A${a} B${b}` : ""}`;
  }
  // Of the others those that are no addresses: these begin behind the first page.
  const sizes =
    SIZES[kernel]?.map((i) => values[i]) ?? values.filter((value) => value > 1 && value < 2 ** 16);
  return sizes.filter(Number.isInteger).join(" x ");
}

const PACE: Pace = { ...CALLS, seconds: 8 };

async function account({ backend, meter, pace }: Bench, net: Net): Promise<Result[]> {
  const { kernels } = backend as unknown as { kernels: Kernels };
  const set = (value: Kernels) => Object.defineProperty(backend, "kernels", { value, configurable: true });
  const clock = new Clock(kernels);
  const { x, labels, values } = samplesOf(net);
  set(clock.kernels);
  const model = modelOf(backend, net);
  const inputs = backend.matrix(net.samples, net.inputs, x);
  const optimizer = adam();
  meter.reset();
  const end = performance.now() + 1000 * pace(PACE).seconds;
  while (performance.now() < end) {
    await model.fit(inputs, labels.length > 0 ? labels : values, {
      loss: net.loss,
      optimizer,
      batchSize: net.batch,
      epochs: 1,
    });
    meter.sample();
  }
  keep(model.parameters[0].value.data[0]);
  set(kernels);
  for (const each of [model, inputs]) each.dispose();
  return clock.fastest ? resultsOf(net, clock.fastest, meter.fastest) : [];
}

function resultsOf(net: Net, { milliseconds, calls }: Account, peak: number): Result[] {
  const parts = new Map<string, { kernel: string; size: string; milliseconds: number; flops: number }>();
  for (const { kernel, values, milliseconds: time } of calls) {
    const size = sizeOf(kernel, values);
    const part = parts.get(`${kernel} ${size}`) ?? { kernel, size, milliseconds: 0, flops: 0 };
    part.milliseconds += time;
    if (kernel === "gemm") part.flops += 2 * values[4] * values[5] * values[6];
    parts.set(`${kernel} ${size}`, part);
  }
  const row = (name: string, size: string, time: number, flops: number): Result => {
    const value = 1000 * time;
    const least = flops / peak / 1000;
    const bound = flops > 0 ? { peak: least, ratio: least / value } : {};
    return { name: `${net.name}: ${name}`, size, value, unit: "us a step", ...bound };
  };
  const all = [...parts.values()];
  const flops = all.reduce((sum, part) => sum + part.flops, 0);
  const inKernels = all.reduce((sum, part) => sum + part.milliseconds, 0);
  return [
    row("a step", `${layersOf(net)}, batch ${net.batch}`, milliseconds, flops),
    ...all.map((part) => row(part.kernel, part.size, part.milliseconds, part.flops)),
    row("host, and the clocks", "", milliseconds - inKernels, 0),
  ];
}
