import { adam, type Backend, createBackend, dense, losses, Sequential } from "lanewise";
import { DIGIT_PIXELS, DIGIT_SIDE, digitImages, loadDigitImages, MOST_INK } from "./data/digit-images.js";
import type { RaceLap } from "./messages.js";
import { inTurn } from "./race.js";
import { threadTask, threadTaskShape } from "./thread-task.js";

/** Trains a network on one thread and on all threads that the page may use. */
export async function raceThreads(rounds: number, tell: (lap: RaceLap) => void): Promise<void> {
  const backends: Backend[] = [];
  try {
    for (const threads of [1, "auto"] as const) backends.push(await createBackend({ threads }));
    if (backends[1].threads === 1)
      throw new Error("The browser started no other thread, so there is nothing to race.");
    await inTurn(backends, rounds, threadLap, tell);
  } finally {
    for (const backend of backends) backend.dispose();
  }
}

/** One training from the same first weights, with the time of its later epochs and its hash. */
export async function threadLap(backend: Backend): Promise<Omit<RaceLap, "round">> {
  await loadDigitImages();
  const { batch, warmUp, timed } = threadTask;
  const { rows, x, y } = enlargedDigits();
  const model = networkOn(backend);
  try {
    const options = { loss: losses.softmaxCrossEntropy(), optimizer: adam(), batchSize: batch };
    await model.fit(x, y, { ...options, epochs: warmUp });
    const begin = performance.now();
    await model.fit(x, y, { ...options, initialEpoch: warmUp, epochs: warmUp + timed });
    const milliseconds = performance.now() - begin;
    const { variant, threads } = backend;
    return { variant, threads, milliseconds, samples: timed * rows, hash: await model.weightsDigest() };
  } finally {
    model.dispose();
  }
}

function networkOn(backend: Backend): Sequential {
  const [inputShape, ...units] = threadTaskShape;
  const outputs = units.length - 1;
  const layers = units.map((count, i) => dense(count, i < outputs ? { activation: "relu" } : {}));
  return new Sequential(backend, { inputShape, seed: threadTask.seed, layers });
}

/** Images of digits as classes; each pixel is repeated. */
function enlargedDigits(): { readonly rows: number; readonly x: Float32Array; readonly y: Int32Array } {
  const { side, batch, batches } = threadTask;
  const { pixels, labels } = digitImages();
  const rows = batch * batches;
  const x = new Float32Array(rows * side * side);
  const from = (at: number) => Math.floor((at * DIGIT_SIDE) / side);
  let next = 0;
  for (let image = 0; image < rows; image++)
    for (let row = 0; row < side; row++)
      for (let col = 0; col < side; col++)
        x[next++] = pixels[image * DIGIT_PIXELS + from(row) * DIGIT_SIDE + from(col)] / MOST_INK;
  return { rows, x, y: Int32Array.from(labels.subarray(0, rows)) };
}
