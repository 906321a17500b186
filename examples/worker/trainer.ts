import { createBackend, dense, Sequential } from "lanewise";
import type { Notice, Order } from "./messages.js";

/** The worker: it trains when it is told to, and tells of each epoch. */

const IMAGES = new URL("../digits/data/digits.csv.gz", import.meta.url);
const PIXELS = 64;

const tell = (notice: Notice): void => postMessage(notice);

/** What cancels the training that runs. */
let controller = new AbortController();

addEventListener("message", ({ data }: MessageEvent<Order>) => {
  // fit lets the event loop run every few milliseconds: that is how a word from the page arrives while it trains.
  if (data.kind === "cancel") controller.abort();
  else void train(data.epochs);
});

const backend = await createBackend();
const { x, y } = await loadDigits();
tell({ kind: "ready", variant: backend.variant });

async function train(epochs: number): Promise<void> {
  controller = new AbortController();
  const { signal } = controller;
  const hidden = [512, 256].map((units) => dense(units, { activation: "relu" }));
  const model = new Sequential(backend, { inputShape: PIXELS, seed: 7, layers: [...hidden, dense(10)] });
  try {
    await model.fit(x, y, {
      loss: "softmaxCrossEntropy",
      epochs,
      validationSplit: 0.2,
      metrics: ["accuracy"],
      signal,
      onEpochEnd: (log) => tell({ kind: "epoch", log }),
    });
    tell({ kind: "done" });
  } catch (error) {
    tell(signal.aborted ? { kind: "cancelled" } : { kind: "failed", message: String(error) });
  } finally {
    model.dispose();
  }
}

/** 1,797 images of 8 x 8 pixels, ink from 0 to 1, and the digit that each shows. The file has a line for each: 64 numbers from 0 to 16, then the digit. */
async function loadDigits(): Promise<{ x: Float32Array; y: Uint8Array }> {
  const { body } = await fetch(IMAGES);
  if (!body) throw new Error(`${IMAGES} is empty`);
  const text = await new Response(body.pipeThrough(new DecompressionStream("gzip"))).text();
  const rows = text
    .trim()
    .split("\n")
    .map((line) => line.split(",").map(Number));
  return { x: Float32Array.from(rows.flatMap((row) => row.slice(0, PIXELS).map((ink) => ink / 16))), y: Uint8Array.from(rows, (row) => row[PIXELS]) };
}
