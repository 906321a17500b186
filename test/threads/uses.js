/** The name of the results that are files with times in them. */
const TIMED = "checkpoints";
/** The keys of times. */
const TIMES = ["milliseconds", "samplesPerSecond", "seconds"];

/**
 * Whatever the library returns, on one backend, by name. Plain JavaScript that imports nothing, as the
 * conformance program: it runs in Node and on a page. The nets are large enough to be divided among threads.
 *
 * @param packages { lanewise, onnx, tfjs, table }: what importing each of them gives
 * @param backends { training, inference }: of lanewise, and of lanewise/inference, with loadModel beside it
 */
export async function useEverything(
  { lanewise, onnx, tfjs, table },
  { training: backend, inference, loadModel },
) {
  const { adam, conv2d, dense, flatten, lstm, Sequential } = lanewise;
  const results = {};
  const numbers = (n, of) => Float32Array.from({ length: n }, (_, i) => ((i * of) % 97) / 97);

  const inputShape = [12, 12, 3];
  const images = new Sequential(backend, {
    inputShape,
    seed: 5,
    layers: [
      conv2d(24, 3, { activation: "relu" }),
      lanewise.batchNormalization(),
      flatten(),
      dense(64, { activation: "tanh" }),
      dense(5),
    ],
  });
  const x = numbers(96 * 432, 31);
  const y = Uint8Array.from({ length: 96 }, (_, i) => i % 5);
  const optimizer = adam();
  const fitting = { loss: "softmaxCrossEntropy", optimizer, batchSize: 32, metrics: ["accuracy"] };
  const steps = [];
  results.fit = await images.fit(x, y, {
    ...fitting,
    epochs: 2,
    validationSplit: 0.25,
    onBatchEnd: (step) => void steps.push(step),
  });
  results.steps = steps;
  results.evaluate = images.evaluate(x, y, { loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
  results.predict = images.predict(x);
  // A matrix of the backend as samples: a view of its memory.
  results.predictView = images.predict(backend.matrix(96, 432, x).data);
  results.predictOut = images.predict(x, { out: new Float32Array(96 * 5) });
  results.classes = images.predictClasses(x, { probabilities: true });
  results.summary = images.summary();
  results.digest = await images.weightsDigest();
  results.parameters = images.parameters.map(({ name, value }) => [name, value.toArray()]);

  const file = lanewise.saveModel(images);
  results.file = file;
  results.half = lanewise.saveModel(images, { dtype: "float16" });
  results.loaded = (await lanewise.loadModel(backend, file)).predict(x);
  results.forInference = images.forInference().predict(x);
  results.inference = (await loadModel(inference, file)).predict(x);
  const checkpoint = images.checkpoint(optimizer);
  const restored = await lanewise.restoreCheckpoint(backend, checkpoint);
  await restored.model.fit(x, y, { ...fitting, optimizer: restored.optimizer, epochs: 1 });
  results.restored = await restored.model.weightsDigest();
  results[TIMED] = [checkpoint, restored.model.checkpoint(restored.optimizer)];
  results.torch = lanewise.torchStateDict(images);
  results.onnx = onnx.exportOnnx(images);
  results.imported = onnx.importOnnx(backend, results.onnx).predict(x);
  results.tfjs = tfjs.exportTfjs(images);
  results.importedTfjs = tfjs.importTfjs(backend, results.tfjs["model.json"], results.tfjs).predict(x);

  const sequences = new Sequential(backend, {
    inputShape: [16, 8],
    seed: 5,
    layers: [lstm(48, { returnSequences: true }), dense(3)],
  });
  const series = numbers(64 * 128, 53);
  results.fitSequences = await sequences.fit(series, numbers(64 * 48, 17), {
    loss: "meanSquaredError",
    epochs: 2,
  });
  results.predictSequences = sequences.predict(series);
  const stepper = sequences.stepper({ rows: 64 });
  results.step = stepper.step(numbers(64 * 8, 53));
  results.states = stepper.states;
  results.onnxSequences = onnx.exportOnnx(sequences);
  results.checkGradients = lanewise.checkGradients(
    new Sequential(backend, { inputShape: 6, seed: 1, layers: [dense(5), dense(2)] }),
    numbers(24, 7),
    numbers(8, 5),
    { loss: "meanSquaredError" },
  );

  const text = ["a;b;c", ...Array.from({ length: 60 }, (_, i) => `${i % 7};${(i * 5) % 11};${i % 3}`)].join(
    "\n",
  );
  const trained = await table.trainTable(backend, text, { target: "c", seed: 1 });
  results.table = trained.model.predict([{ a: 3, b: 4 }]);
  results.tableReport = { accuracy: trained.report.accuracy };

  const square = backend.matrix(200, 200, numbers(40_000, 13));
  results.product = lanewise.matmul(square, square).toArray();
  return results;
}

/** The paths of typed arrays and buffers over shared memory in a value, at any depth. */
export function sharedIn(value, path = "", seen = new Set()) {
  if (typeof value !== "object" || value === null || seen.has(value)) return [];
  seen.add(value);
  if (ArrayBuffer.isView(value)) return isShared(value.buffer) ? [path] : [];
  if (isShared(value)) return [path];
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return entries.flatMap(([key, part]) => sharedIn(part, `${path}.${key}`, seen));
}

const isShared = (buffer) => Object.prototype.toString.call(buffer) === "[object SharedArrayBuffer]";

/** The SHA-256 of each result without times, by name: of its text, in which arrays are lists of numbers. */
export async function hashesOf(results) {
  const hashes = {};
  const plain = (key, part) =>
    TIMES.includes(key) ? undefined : ArrayBuffer.isView(part) ? [...part] : part;
  for (const [name, value] of Object.entries(results)) {
    if (name === TIMED) continue;
    const words = JSON.stringify(value, plain);
    const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(words));
    hashes[name] = Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }
  return hashes;
}
