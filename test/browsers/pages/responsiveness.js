// Trains on as many numbers as MNIST has, and reports the tasks that keep the page from answering for 50 ms
// or more.
import { createBackend, dense, Sequential } from "./node_modules/lanewise/dist/lanewise.js";

const ROWS = 60_000;
const INPUTS = 784;

const x = new Float32Array(ROWS * INPUTS).map((_, i) => ((i * 2654435761) >>> 24) / 255);
const y = new Uint8Array(ROWS).map((_, i) => i % 10);
const bytes = new Uint8Array(x.length).map((_, i) => i * 40503);
const sixth = [x.subarray(0, (ROWS / 6) * INPUTS), y.subarray(0, ROWS / 6)];

/** What the data can come as, and how they are validated. */
const cases = {
  "a Float32Array, the last tenth for validation": { x, y, validationSplit: 0.1 },
  "a Uint8Array, in the order that it has": { x: bytes, y, shuffle: false },
  "other data for validation": { x: sixth[0], y: sixth[1], validationData: [x, y] },
  "probabilities as targets": { x: sixth[0], y: new Float32Array((ROWS / 6) * 10).fill(0.1) },
};

/** The milliseconds of each long task in what `work` does. */
async function longTasks(work) {
  const tasks = [];
  const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries()));
  observer.observe({ type: "longtask" });
  // A task of its own: what this page did before does not count.
  await new Promise((resolve) => setTimeout(resolve));
  const began = performance.now();
  await work();
  // The browser tells of a task after it.
  await new Promise((resolve) => setTimeout(resolve, 100));
  observer.disconnect();
  return tasks.filter(({ startTime }) => startTime >= began - 1).map(({ duration }) => duration);
}

function block(milliseconds) {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

const backend = await createBackend();
const fits = {};
for (const [name, { x, y, ...options }] of Object.entries(cases)) {
  const layers = [dense(128, { activation: "relu" }), dense(64, { activation: "relu" }), dense(10)];
  const model = new Sequential(backend, { inputShape: INPUTS, seed: 7, layers });
  fits[name] = await longTasks(() =>
    model.fit(x, y, { loss: "softmaxCrossEntropy", batchSize: 64, metrics: ["accuracy"], ...options }),
  );
  model.dispose();
}
report({ control: await longTasks(() => block(120)), fits });
