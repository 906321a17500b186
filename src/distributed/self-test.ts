import { createHash } from "node:crypto";
import { BackendError } from "../core/errors.js";
import {
  adam,
  type Backend,
  batchNormalization,
  conv2d,
  dense,
  dropout,
  flatten,
  maxPool2d,
  Sequential,
} from "../index.js";
import type { Output, Pool, Program } from "./engine.js";

/**
 * The SHA-256 of the weights of the self-test. Every build gives it but the relaxed one. It changes with the
 * arithmetic alone: `test/distributed/self-test.test.ts` computes it.
 */
export const SELF_TEST = "f39f05950a0820be3c2c4236895ba42267d007e4992f6f71adffdbce233ce60a";

const NAME = "self-test";
const SAMPLES = 96;
const SIDE = 9;

/** A training of milliseconds by the kernels that most networks use; its hash proves the arithmetic. */
export async function selfTest(backend: Backend): Promise<string> {
  const model = new Sequential(backend, {
    inputShape: [SIDE, SIDE, 1],
    seed: 22,
    layers: [
      conv2d(5, 3, { activation: "relu" }),
      batchNormalization(),
      maxPool2d(),
      flatten(),
      dense(37, { activation: "tanh" }),
      dropout(0.2),
      dense(11, { activation: "gelu" }),
      dense(3),
    ],
  });
  try {
    const { x, labels } = samples();
    const optimizer = adam({ learningRate: 0.01 });
    await model.fit(x, labels, { loss: "softmaxCrossEntropy", optimizer, epochs: 6, batchSize: 20 });
    const hash = createHash("sha256");
    for (const { value } of model.parameters) hash.update(value.data);
    return hash.digest("hex");
  } finally {
    model.dispose();
  }
}

/** Bumps at three places and noise, of integers and divisions by powers of two, so that they are exact. */
function samples(): { x: Float32Array; labels: Uint8Array } {
  const x = new Float32Array(SAMPLES * SIDE * SIDE);
  const labels = new Uint8Array(SAMPLES);
  let state = 12345;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 0x100_0000;
  };
  for (let sample = 0; sample < SAMPLES; sample++) {
    labels[sample] = sample % 3;
    const center = 1 + 3 * labels[sample] + (random() < 0.5 ? 0 : 1);
    for (let i = 0; i < SIDE * SIDE; i++) {
      const distance = Math.abs((i % SIDE) - center) + Math.abs(Math.trunc(i / SIDE) - center);
      x[sample * SIDE * SIDE + i] = (distance < 3 ? 1 - distance / 4 : 0) + random() / 4;
    }
  }
  return { x, labels };
}

/** The self-test as a program, so that a pool computes it as it computes jobs. */
export const selfTestProgram: Program<null> = {
  name: NAME,
  check: () => null,
  start: () => ({ state: null, jobs: [{ key: NAME, data: null }] }),
  compute: async (_spec, _job, _reads, { backend }): Promise<Output> => ({ value: await selfTest(backend) }),
  next: (_spec, _stage, [outcome]) => ({ result: "value" in outcome ? outcome.value : outcome.error }),
};

/**
 * Has each thread of a pool compute the self-test. @throws BackendError if a result is not the one built in
 */
export async function proveArithmetic(pool: Pool): Promise<void> {
  const run = { id: NAME, program: NAME, spec: null };
  const jobs = Array.from({ length: pool.size }, () =>
    pool.compute(run, { key: NAME, data: null }, new Map()),
  );
  for (const { value } of await Promise.all(jobs))
    if (value !== SELF_TEST)
      throw new BackendError(
        `worker: the self-test gave ${String(value).slice(0, 12)}, and every sound build and machine gives ` +
          `${SELF_TEST.slice(0, 12)}: this one computes other bits (a relaxed build, or a fault), so its results ` +
          "would not be those of the others. It takes no jobs",
      );
}
