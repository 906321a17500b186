import { type Account, accountOf } from "../method/account.js";
import { CALLS, type Pace } from "../method/measure.js";
import { layersOf, type Net, nets } from "../nets.js";
import type { Bench, Case, Result } from "./suite.js";

/** Where the time of a training step goes: to each call of a kernel, and to the host. */
export const step: readonly Case[] = nets.map((net) => ({
  title: `the account of a step of ${net.name}`,
  run: (bench) => account(bench, net),
}));

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
  meter.reset();
  const fastest = await accountOf(backend, net, pace(PACE).seconds, () => meter.sample());
  return fastest ? resultsOf(net, fastest, meter.fastest) : [];
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
