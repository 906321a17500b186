import { cpus } from "node:os";
import type { ArgsDef, ParsedArgs } from "citty";
import {
  activation,
  adam,
  type Backend,
  BackendError,
  createBackend,
  dense,
  matmul,
  Sequential,
  type Variant,
} from "lanewise";
import type { Command } from "../command.js";
import { grouped } from "../figures.js";
import { hashOfWeights } from "../hash.js";
import { randomNumbers } from "../random.js";
import { textTable } from "../text-table.js";

const options = {
  json: { type: "boolean", description: "print the figures as JSON" },
} as const satisfies ArgsDef;

export const compare: Command<typeof options> = {
  name: "lanewise compare",
  description:
    "Measures the builds of the kernels on this machine, and whether scalar and SIMD give the same weights.",
  options,
  run,
};

/** The measurements of a build on this machine. */
interface Figures {
  readonly build: Variant;
  /** The rate of a product of two 256 x 256 matrices. */
  readonly gflops: number;
  /** The rate of training a 64-64-10 network in batches of 32. */
  readonly samplesPerSecond: number;
  /** The SHA-256 of the weights after a fixed training. */
  readonly sha256: string;
}

/** A build that this engine cannot run. */
interface Missing {
  readonly build: Variant;
  readonly missing: string;
}

async function run({ json }: ParsedArgs<typeof options>): Promise<void> {
  const builds: (Figures | Missing)[] = [];
  for (const build of ["scalar", "simd", "relaxed"] as const) builds.push(await measured(build));
  const hash = (of: Variant) =>
    builds
      .map((figures) => (figures.build === of && "sha256" in figures ? figures.sha256 : undefined))
      .find(Boolean);
  const [scalar, simd] = [hash("scalar"), hash("simd")];
  // One build alone cannot be compared.
  const identicalBits = scalar && simd ? scalar === simd : undefined;
  if (identicalBits === false) process.exitCode = 1;
  const machine = { processor: cpus()[0]?.model.trim() ?? "unknown", node: process.versions.node };
  if (json) {
    console.log(JSON.stringify({ ...machine, builds, identicalBits }));
    return;
  }
  console.log(`${machine.processor}, Node ${machine.node}\n\n${table(builds)}\n`);
  for (const figures of builds) if ("missing" in figures) console.log(`${figures.build}: ${figures.missing}`);
  if (identicalBits !== undefined)
    console.log(`identical bits in scalar and SIMD weights: ${identicalBits ? "yes" : "no"}`);
}

function table(builds: readonly (Figures | Missing)[]): string {
  const rows = builds.map((figures) => {
    if ("missing" in figures) return [figures.build, "-", "-", "-"];
    return [figures.build, figures.gflops.toFixed(1), grouped(figures.samplesPerSecond), figures.sha256];
  });
  return textTable(
    [["build", "GFLOP/s, product 256", "samples/s, training 64-64-10", "SHA-256 of the weights"], ...rows],
    (column) => column === 1 || column === 2,
  );
}

async function measured(build: Variant): Promise<Figures | Missing> {
  try {
    const backend = await createBackend({ variant: build });
    const figures = { build, gflops: productSpeed(backend), ...(await training(backend)) };
    backend.dispose();
    return figures;
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    return { build, missing: error.message };
  }
}

/** GFLOP/s of the fastest repetition within half a second: slower ones were disturbed by other programs. */
function productSpeed(backend: Backend): number {
  const size = 256;
  const random = randomNumbers(1);
  const square = () =>
    backend.matrix(
      size,
      size,
      Float32Array.from({ length: size * size }, () => random() - 0.5),
    );
  const [a, b, out] = [square(), square(), backend.matrix(size, size)];
  const end = performance.now() + 500;
  let fastest = Number.POSITIVE_INFINITY;
  while (performance.now() < end) {
    const began = performance.now();
    matmul(a, b, { out });
    fastest = Math.min(fastest, performance.now() - began);
  }
  return (2 * size ** 3) / (fastest * 1e6);
}

/** Trains on generated samples, the same everywhere; the speed is that of the median epoch. */
async function training(backend: Backend): Promise<Pick<Figures, "samplesPerSecond" | "sha256">> {
  const [rows, inputs, classes] = [2048, 64, 10];
  const random = randomNumbers(1);
  const x = Float32Array.from({ length: rows * inputs }, () => random() - 0.5);
  const y = Int32Array.from({ length: rows }, () => Math.floor(random() * classes));
  const model = new Sequential(backend, {
    inputShape: inputs,
    seed: 1,
    layers: [dense(64, { activation: "relu" }), dense(classes), activation("softmax")],
  });
  const { epochs } = await model.fit(x, y, {
    loss: "categoricalCrossEntropy",
    optimizer: adam(),
    epochs: 15,
  });
  const speeds = epochs.flatMap(({ samplesPerSecond = [] }) => samplesPerSecond).sort((a, b) => a - b);
  return { samplesPerSecond: speeds[Math.floor(speeds.length / 2)], sha256: hashOfWeights(model) };
}
