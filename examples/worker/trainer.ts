import { adam, createBackend, dense, type Optimizer, restoreCheckpoint, Sequential } from "lanewise";
import type { Notice, Order } from "./messages.js";
import { forgetUnfinished, keepUnfinished, readUnfinished, type Unfinished } from "./unfinished.js";

/**
 * The worker: it trains when it is told to, tells of each epoch, and keeps a checkpoint of it: a page that is
 * closed or reloaded goes on from there.
 */

const IMAGES = new URL("../digits/data/digits.csv.gz", import.meta.url);
const PIXELS = 64;

const tell = (notice: Notice): void => postMessage(notice);

/** What cancels the training that runs. */
let controller = new AbortController();

addEventListener("message", ({ data }: MessageEvent<Order>) => {
  // fit lets the event loop run every few milliseconds: that is how a word from the page arrives while it
  // trains.
  if (data.kind === "cancel") controller.abort();
  else void work(data).catch((error: unknown) => tell({ kind: "failed", message: String(error) }));
});

const backend = await createBackend();
const { x, y } = await loadDigits();
tell({ kind: "ready", variant: backend.variant, unfinished: await lookAtUnfinished() });

/** What there is to go on with. A checkpoint that cannot be read is none. */
async function lookAtUnfinished() {
  try {
    const unfinished = await readUnfinished();
    if (!unfinished) return undefined;
    const { model, history } = restoreCheckpoint(backend, unfinished.checkpoint);
    model.dispose();
    return { epochs: unfinished.epochs, logs: history.epochs };
  } catch {
    return undefined;
  }
}

async function work(order: Exclude<Order, { kind: "cancel" }>): Promise<void> {
  controller = new AbortController();
  if (order.kind === "train") {
    const hidden = [512, 256].map((units) => dense(units, { activation: "relu" }));
    const model = new Sequential(backend, { inputShape: PIXELS, seed: 7, layers: [...hidden, dense(10)] });
    await train(model, adam(), 0, order.epochs);
  } else {
    const { checkpoint, epochs } = (await readUnfinished()) as Unfinished;
    const { model, optimizer, epoch } = restoreCheckpoint(backend, checkpoint);
    await train(model, optimizer, epoch, epochs);
  }
}

async function train(
  model: Sequential,
  optimizer: Optimizer,
  initialEpoch: number,
  epochs: number,
): Promise<void> {
  const { signal } = controller;
  try {
    await model.fit(x, y, {
      loss: "softmaxCrossEntropy",
      optimizer,
      initialEpoch,
      epochs,
      validationSplit: 0.2,
      metrics: ["accuracy"],
      signal,
      onEpochEnd: async (log) => {
        await keepUnfinished({ checkpoint: model.checkpoint(optimizer), epochs });
        tell({ kind: "epoch", log });
      },
    });
    await forgetUnfinished();
    tell({ kind: "done" });
  } catch (error) {
    if (!signal.aborted) throw error;
    tell({ kind: "cancelled" });
  } finally {
    model.dispose();
  }
}

/**
 * 1,797 images of 8 x 8 pixels, ink from 0 to 1, and the digit that each shows. The file has a line for each:
 * 64 numbers from 0 to 16, then the digit.
 */
async function loadDigits(): Promise<{ x: Float32Array; y: Uint8Array }> {
  const { body } = await fetch(IMAGES);
  if (!body) throw new Error(`${IMAGES} is empty`);
  const text = await new Response(body.pipeThrough(new DecompressionStream("gzip"))).text();
  const rows = text
    .trim()
    .split("\n")
    .map((line) => line.split(",").map(Number));
  return {
    x: Float32Array.from(rows.flatMap((row) => row.slice(0, PIXELS).map((ink) => ink / 16))),
    y: Uint8Array.from(rows, (row) => row[PIXELS]),
  };
}
