import { setFlagsFromString } from "node:v8";
import {
  type Backend,
  BackendError,
  createBackend,
  type History,
  type Sequential,
  type Variant,
} from "lanewise";
import { hashOfWeights } from "../../cli/hash.js";
import { textTable } from "../../cli/text-table.js";

/** Trains a new model on the backend for so many epochs. */
export type Train = (backend: Backend, epochs: number) => Promise<{ model: Sequential; history: History }>;

/** What a training took on a build, and which weights came out of it. */
interface Trial {
  readonly seconds: number;
  readonly hash: string;
}

/**
 * Trains the same model on each build of the kernels, `epochs` long, and prints a table. Says whether scalar
 * and SIMD gave the same weights, to the bit.
 */
export async function compareBuilds(train: Train, epochs: number): Promise<boolean> {
  // An engine starts WebAssembly as a quick compiler left it and makes the hot loops fast by and by: that is
  // not measured.
  const warmUp = Math.ceil(epochs / 10);
  console.log(`the same training on each build: ${epochs} epochs, after a warm-up of ${warmUp}\n`);
  allowRelaxedSimd();
  const scalar = await trial("scalar", train, warmUp, epochs);
  const simd = await trial("simd", train, warmUp, epochs);
  const relaxed = await trial("relaxed", train, warmUp, epochs).catch(unlessMissing);
  const row = (build: Variant, { seconds, hash }: Trial) => [
    build,
    seconds.toFixed(3),
    `${(scalar.seconds / seconds).toFixed(2)}x as fast`,
    hash,
  ];
  const rows = [
    ["build", "seconds", "against scalar", "SHA-256 of the weights"],
    row("scalar", scalar),
    row("simd", simd),
    relaxed ? row("relaxed", relaxed) : ["relaxed", "-", "-", "this engine has no relaxed SIMD"],
  ];
  console.log(textTable(rows, (column) => column === 1 || column === 2));
  return scalar.hash === simd.hash;
}

/** Node 20 and 21 have relaxed SIMD behind a flag, which later versions do not know. */
function allowRelaxedSimd(): void {
  if (Number.parseInt(process.versions.node, 10) < 22) setFlagsFromString("--experimental-wasm-relaxed-simd");
}

async function trial(variant: Variant, train: Train, warmUp: number, epochs: number): Promise<Trial> {
  const backend = await createBackend({ variant });
  await train(backend, warmUp);
  const { model, history } = await train(backend, epochs);
  const result = {
    seconds: history.epochs.reduce((sum, { seconds }) => sum + seconds, 0),
    hash: hashOfWeights(model),
  };
  backend.dispose();
  return result;
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof BackendError)) throw error;
}
