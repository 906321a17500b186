import type { Host } from "../../src/core/host.js";
import type { Kernels } from "../../src/core/kernels.js";
import { type Twin, twins } from "./twins.js";

/**
 * A backend whose kernels are the float64 twins: a plan that is bound to it runs in float64. It has what a
 * plan and its operations use of a backend, and addresses as if a number took 4 bytes.
 */
export function float64Backend(): Host {
  let memory = new Float64Array(1 << 12);
  let end = 16;
  /** Which arguments of a kernel are addresses. */
  const pointers: { [name in keyof typeof twins]?: readonly number[] } = {
    gemm: [0, 1, 2, 3],
    copyRows: [0, 1],
    standardize: [0, 1, 2, 3],
    standardizeBackward: [0, 1, 2],
    sumRows: [0, 1],
    add: [0, 1, 2],
    subtract: [0, 1, 2],
    addRow: [0, 1, 2],
    hadamard: [0, 1, 2],
    scale: [0, 1],
    zero: [0],
    dropout: [0],
    gaussianNoise: [0],
    channelMoments: [0, 1, 2, 3],
    normalizeChannels: [0, 1, 2, 3, 4, 5, 6],
    channelSlopes: [0, 1, 2, 3, 4, 5, 6],
    normalizeChannelsBackward: [0, 1, 2, 3, 4, 5, 6, 7, 8],
    moveMoments: [0, 1, 2, 3],
    normalizeRows: [0, 1, 2, 3, 4, 5],
    normalizeRowsBackward: [0, 1, 2, 3, 4, 5, 6],
    normalizeRowsGradient: [0, 1, 2, 3, 4, 5, 6],
    maxPool: [0, 1, 2],
    maxPoolBackward: [0, 1, 2, 3, 4],
    averagePool: [0, 1, 2],
    resample: [0, 1, 2],
    copyBox: [0, 1, 2],
    scaleRows: [0, 1, 2],
    averageSteps: [0, 1, 2, 3],
    maxSteps: [0, 1, 2],
    maxStepsBackward: [0, 1, 2, 3, 4],
    embed: [0, 1, 2],
    embedMean: [0, 1, 2, 3],
    embeddingGradient: [0, 1, 2],
    embeddingMeanGradient: [0, 1, 2, 3],
    attention: [0, 1, 2, 3, 4, 5, 6, 7],
    attentionBackward: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  };
  const places = (name: keyof typeof twins): readonly number[] =>
    pointers[name] ?? (name.endsWith("Backward") ? [0, 1, 2] : [0, 1]);
  const kernels = Object.fromEntries(
    Object.entries(twins).map(([name, twin]) => [
      name,
      (...args: number[]) => {
        const at = places(name as keyof typeof twins);
        return (twin as Twin)(
          ...args.map((argument, i) =>
            at.includes(i) && argument > 0 ? memory.subarray(argument >> 2) : argument,
          ),
        );
      },
    ]),
  ) as unknown as Kernels;
  const named = ["gemmWorkspace", "columnWorkspace", "attentionWorkspace", "attentionGradientWorkspace"];
  const workspaces = Object.fromEntries(named.map((name) => [name, () => 16]));
  const backend = {
    kernels: { ...kernels, ...workspaces },
    direct: { ...kernels, ...workspaces },
    allocate(bytes: number): number {
      const start = end;
      end += Math.ceil(Math.max(bytes, 1) / 16) * 16;
      if (end > memory.length * 4) {
        const larger = new Float64Array(end);
        larger.set(memory);
        memory = larger;
      }
      return start;
    },
    release(): void {},
    integers: (address: number, n: number) => memory.subarray(address >> 2, (address >> 2) + n),
    floats: (address: number, n: number) => memory.subarray(address >> 2, (address >> 2) + n),
  };
  return backend as unknown as Host;
}
