// What every JavaScript peer is measured by. A peer is an object of functions, one for each kind of task.
// Each is given a workload and returns { run(n) } (or a promise of it): n products, training steps or calls,
// or as many whole epochs as come near; a `run` that does not do exactly n returns how many it did. If the
// task has a reference, outputs() are those of its input. Peers leave out what they are not written to do.
// harness.py is the same for Python.

/** How many threads the library may use, for those that can have several. */
export const threads = Number(process.env.PEER_THREADS ?? 1);

const WARM_SECONDS = 1;
const ROUND_SECONDS = 0.6;

/** n numbers, uniform in [low, high), from a seed. */
export function randomFloats(n, seed, low = -1, high = 1) {
  const result = new Float32Array(n);
  let state = Math.imul(seed, 0x9e3779b1) >>> 0;
  for (let i = 0; i < n; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state = (state ^ (state << 5)) >>> 0;
    result[i] = low + ((high - low) * state) / 2 ** 32;
  }
  return result;
}

/**
 * Inputs and targets of a training: classes and the same one-hot, or values. Random: what is learned does not
 * change how long it takes.
 */
export function samplesOf({ inputs, outputs, loss, samples }) {
  const x = randomFloats(samples * inputs, 1, 0, 1);
  if (loss === "meanSquaredError") return { x, labels: undefined, y: randomFloats(samples * outputs, 2) };
  const labels = Int32Array.from(randomFloats(samples, 2, 0, outputs), Math.floor);
  const y = new Float32Array(samples * outputs);
  labels.forEach((label, row) => {
    y[row * outputs + label] = 1;
  });
  return { x, labels, y };
}

/** The values of a sample. */
export const sizeOf = ({ input }) => input.reduce((size, length) => size * length, 1);

/** Inputs of a ConvolutionalNet, channels last, and classes, with the same one-hot. */
export function imagesOf(net) {
  const { classes, samples } = net;
  return samplesOf({ inputs: sizeOf(net), outputs: classes, loss: "softmaxCrossEntropy", samples });
}

/**
 * Inputs of a SequenceNet and its targets: numbers, or the class of a sequence or of each step. Tokens are
 * whole numbers.
 */
export function sequencesOf(net, rows) {
  const { input, vocabulary, target, outputs } = net;
  const uniform = randomFloats(rows * sizeOf(net), 1, 0, vocabulary ?? 1);
  const x = vocabulary ? uniform.map(Math.floor) : uniform;
  if (target === "numbers") return { x, y: randomFloats(rows * outputs, 2, 0, 1) };
  const classes = randomFloats(target === "tokens" ? rows * input[0] : rows, 2, 0, outputs);
  return { x, y: Int32Array.from(classes, Math.floor) };
}

/** The tensors of a safetensors file in base64: [path, { shape, values }], in order. */
export function tensorsOfFile(base64) {
  const bytes = Buffer.from(base64, "base64");
  const start = 8 + Number(bytes.readBigUInt64LE());
  const { __metadata__, ...entries } = JSON.parse(bytes.toString("utf8", 8, start));
  return Object.entries(entries).map(([path, { shape, data_offsets }]) => {
    const [begin, end] = data_offsets.map((offset) => start + offset);
    // A copy, for the numbers of a file may begin anywhere.
    const values = new Float32Array(Uint8Array.from(bytes.subarray(begin, end)).buffer);
    return [path, { shape, values }];
  });
}

/** The same by layer, in order, each tensor by its name in the layer. */
export function layersOfFile(base64) {
  const layers = [];
  for (const [path, tensor] of tensorsOfFile(base64)) {
    const [layer, name] = path.split(".");
    layers[layer] = { ...layers[layer], [name]: tensor };
  }
  // Layers without tensors leave no trace.
  return layers.filter(Boolean);
}

/**
 * Tokens for libraries that cannot learn from look-ups: one-hot, or, where their mean is all that the network
 * reads, how large a share of the sequence each token is. Numbers stay as they are. [values, shape].
 */
export function encodedOf({ input, vocabulary, layers }, x) {
  if (!vocabulary) return [x, [-1, ...input]];
  const [time] = input;
  const isMean = layers[1].kind === "mean";
  const result = new Float32Array((isMean ? x.length / time : x.length) * vocabulary);
  x.forEach((token, i) => {
    result[(isMean ? Math.floor(i / time) : i) * vocabulary + token] += isMean ? 1 / time : 1;
  });
  return [result, isMean ? [-1, vocabulary] : [-1, time, vocabulary]];
}

/** Targets as rows of numbers: classes one-hot. */
export function targetsOf({ target, outputs }, y) {
  if (target === "numbers") return y;
  const result = new Float32Array(y.length * outputs);
  y.forEach((label, row) => {
    result[row * outputs + label] = 1;
  });
  return result;
}

/** [inputs, units] of each dense layer. */
export function shapesOf({ inputs, hidden, outputs }) {
  const sizes = [inputs, ...hidden, outputs];
  return hidden.concat(outputs).map((units, i) => [sizes[i], units]);
}

/** Glorot-uniform weights of each dense layer, [inputs, units]. */
export function weightsOf(net) {
  return shapesOf(net).map(([rows, cols], i) => {
    const limit = Math.sqrt(6 / (rows + cols));
    return randomFloats(rows * cols, 10 + i, -limit, limit);
  });
}

/**
 * n steps as whole epochs, or, where n is less than one, as the first n batches: for peers that train by
 * epochs only.
 */
export function asEpochs(n, { samples, batch }) {
  const perEpoch = samples / batch;
  if (n < perEpoch) return { epochs: 1, samples: n * batch, steps: n };
  const epochs = Math.round(n / perEpoch);
  return { epochs, samples, steps: epochs * perEpoch };
}

let job;
let calls = 1;

async function timed(n) {
  const begin = performance.now();
  const done = (await job.run(n)) ?? n;
  return { calls: done, seconds: (performance.now() - begin) / 1000 };
}

/** Warms up for a time, by ever more calls, and settles how many make a round. */
async function prepare(peer, workload) {
  job = await peer[workload.kind]?.(workload);
  if (!job) return { missing: "does not do this" };
  const outputs = job.outputs && Array.from(await job.outputs());
  const begin = performance.now();
  let size = 1;
  let last;
  do {
    last = await timed(size);
    if (last.seconds < ROUND_SECONDS / 2) size *= 2;
  } while (performance.now() - begin < WARM_SECONDS * 1000);
  calls = Math.max(1, Math.round((last.calls * ROUND_SECONDS) / last.seconds));
  return { outputs };
}

async function answer(peer, { action, workload }) {
  if (action === "prepare") return prepare(peer, workload);
  if (action === "round") return timed(calls);
  await job?.release?.();
  job = undefined;
  return {};
}

/** Does what the parent process says. */
export function serve(peer) {
  process.on("message", async (order) => {
    try {
      process.send(await answer(peer, order));
    } catch (error) {
      process.send({ error: error?.message ?? String(error) });
    }
  });
  process.send({ version: peer.version });
}
