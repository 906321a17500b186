import { checkName } from "../core/check.js";
import type { Host } from "../core/host.js";
import type { Pointer } from "../core/kernels.js";
import { purposes, RandomStream } from "../core/random.js";
import { orthogonalize } from "./orthogonal.js";

interface Distribution {
  readonly kind: "uniform" | "normal" | "orthogonal" | "zeros";
  /** The variance, from the numbers of inputs and outputs of a unit. */
  variance(fanIn: number, fanOut: number): number;
}

const glorot = (fanIn: number, fanOut: number) => 2 / (fanIn + fanOut);
const he = (fanIn: number) => 2 / fanIn;
const lecun = (fanIn: number) => 1 / fanIn;

/** Glorot and Bengio 2010; He et al. 2015; LeCun et al. 1998; Saxe et al. 2014. */
const initializers = {
  glorotUniform: { kind: "uniform", variance: glorot },
  glorotNormal: { kind: "normal", variance: glorot },
  heUniform: { kind: "uniform", variance: he },
  heNormal: { kind: "normal", variance: he },
  lecunUniform: { kind: "uniform", variance: lecun },
  lecunNormal: { kind: "normal", variance: lecun },
  orthogonal: { kind: "orthogonal", variance: () => 1 },
  zeros: { kind: "zeros", variance: () => 0 },
} as const satisfies Record<string, Distribution>;

/** The name of an initializer of weights. */
export type InitializerName = keyof typeof initializers;

/** @internal @throws ValueError for an unknown name, with the list of the known ones */
export function checkInitializer(who: string, name: unknown): asserts name is InitializerName {
  checkName(who, "initializer", name, initializers);
}

/** Fills n floats at an address, which are zeros, for a layer of so many inputs and outputs a unit. */
type Initialize = (
  host: Host,
  at: Pointer,
  n: number,
  fanIn: number,
  fanOut: number,
  seed: number,
  index: number,
) => void;

/**
 * @internal Fills with the numbers of an initializer: value i is a function of the seed, of which parameter
 * of a model it is, and of i.
 */
export function initializeBy(name: InitializerName): Initialize {
  const { kind, variance }: Distribution = initializers[name];
  return (host, at, n, fanIn, fanOut, seed, index) => {
    if (kind === "zeros") return;
    const { kernels } = host;
    const random = new RandomStream(seed, purposes.initializer, index);
    const deviation = Math.sqrt(variance(fanIn, fanOut));
    // Uniform in [-limit, limit) has the variance limit^2 / 3.
    if (kind === "uniform") random.fillUniform(kernels, at, n, deviation * Math.sqrt(3));
    else random.fillNormal(kernels, at, n, deviation);
    if (kind === "orthogonal") orthogonalize(host.floats(at, n), fanIn, n / fanIn);
  };
}
