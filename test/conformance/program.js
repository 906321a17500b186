/**
 * The conformance program: what every runtime has to do alike. It is plain JavaScript that imports nothing,
 * so that the same file runs in Node, on a page and in a worker at the edge; the host hands it the package,
 * however that is imported there.
 *
 * It makes every build that the engine validates, holds the kernels against float64 references, trains the
 * digits net of `npm start` for three epochs, and a small net with each optimizer, schedule, loss and
 * regulariser that there is; then the same on several threads. What it finds wrong it puts into `failures`. That the scalar and the SIMD build
 * gave the same weights, here and in every other runtime, is for the reader of the reports to judge: see
 * `hashesOf` and `unequal` in report.ts.
 */

/**
 * The largest error that a kernel may have: of a value, or of a sum relative to the sum of its terms'
 * magnitudes. Float32 rounds by 6e-8.
 */
const KERNEL_TOLERANCE = 1e-6;
/**
 * How far the relaxed build, which rounds otherwise, may end from the SIMD build: in any weight, and in test
 * accuracy.
 */
const RELAXED_TOLERANCE = { weight: 1e-5, accuracy: 0.01 };
const EPOCHS = 3;
const SEED = 1;

/**
 * The smallest modules with an instruction of each build: a function () -> () that runs i32x4.splat, or
 * f32x4.relaxed_madd on three of them. They say what the engine has without asking the package.
 */
const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const TYPE_AND_FUNCTION = [1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0];
const SPLAT = [0x41, 0, 0xfd, 0x11];
const DROP_AND_END = [0x1a, 0x0b];
const PROBES = {
  scalar: HEADER,
  simd: [...HEADER, ...TYPE_AND_FUNCTION, 10, 9, 1, 7, 0, ...SPLAT, ...DROP_AND_END],
  relaxed: [
    ...HEADER,
    ...TYPE_AND_FUNCTION,
    10,
    20,
    1,
    18,
    0,
    ...SPLAT,
    ...SPLAT,
    ...SPLAT,
    0xfd,
    0x85,
    2,
    ...DROP_AND_END,
  ],
};

/**
 * Runs the program and resolves to a Report (report.ts). It throws for no failure of the package; the report
 * says it.
 *
 * @param lanewise what `import * as lanewise from "lanewise"` gives
 * @param runtime { name, version } of the host, which goes into the report
 * @param digits the images, as digits.ts writes them: { training, test }, each { pixels: 64 whole numbers
 * from 0 to 16 an image, labels }
 * @param inference what `import * as inference from "lanewise/inference"` gives: then that has to predict
 * what the trained model predicts
 * @param table what `import * as table from "lanewise/table"` gives: then it trains on a table, too
 * @param wasm for hosts that forbid compiling bytes: { scalar, simd, relaxed, "inference-scalar",
 * "inference-simd" }, each a Module
 *   or what else createBackend takes
 * @param sources what createBackend must also take as `wasm` in this host, by name; each is the SIMD build
 * @param threads numbers of threads on which the scalar and the SIMD build train again, where there are threads
 * @param now milliseconds, or a promise of them: some hosts let their clock run only while they wait
 */
export async function conform(
  lanewise,
  { runtime, digits, inference, table, wasm, sources = {}, threads = [], now = () => performance.now() },
) {
  const failures = [];
  const builds = [];
  const weights = {};
  for (const variant of Object.keys(PROBES)) {
    if (!WebAssembly.validate(Uint8Array.from(PROBES[variant]))) continue;
    try {
      const backend = await lanewise.createBackend(wasm ? { wasm: wasm[variant] } : { variant });
      if (backend.variant !== variant)
        failures.push(`${variant}: createBackend made the ${backend.variant} build`);
      const kernels = checkKernels(lanewise, backend);
      for (const { name, error } of kernels) {
        if (!(error <= KERNEL_TOLERANCE))
          failures.push(`${variant}: ${name} is off by ${error}, more than ${KERNEL_TOLERANCE}`);
      }
      const began = await now();
      const trained = await train(lanewise, backend, digits);
      const seconds = ((await now()) - began) / 1000;
      weights[variant] = trained.weights;
      if (inference && variant !== "relaxed") {
        const forward = await inference.createBackend(
          wasm ? { wasm: wasm[`inference-${variant}`] } : { variant },
        );
        const again = (await inference.loadModel(forward, trained.file)).predict(inkOf(digits.test));
        if (!again.every((value, i) => value === trained.predictions[i]))
          failures.push(`${variant}: lanewise/inference predicts something else`);
        forward.dispose();
      }
      builds.push({
        variant,
        sha256: await sha256(trained.weights),
        trainings: await trainEach(lanewise, backend, { digits, table }),
        accuracy: trained.accuracy,
        kernelError: kernels.reduce((largest, { error }) => Math.max(largest, error), 0),
        seconds,
      });
      backend.dispose();
    } catch (error) {
      failures.push(`${variant}: ${error?.stack ?? error}`);
    }
  }
  failures.push(...checkRelaxed(builds, weights), ...(await checkSources(lanewise, sources)));
  const divided = await divide(lanewise, { digits, table, wasm, threads, failures });
  return { runtime, embedded: await embedded(lanewise), builds, threads: divided, failures };
}

/** How many threads "auto" means here, why there are none, and what training on several gives. */
async function divide({ createBackend, ...lanewise }, { digits, table, wasm, threads, failures }) {
  const embedded = wasm && { wasm: wasm.simd };
  const report = { auto: 0, builds: [] };
  try {
    const chosen = await createBackend({ ...embedded, threads: "auto" });
    report.auto = chosen.threads;
    chosen.dispose();
    (await createBackend({ ...embedded, threads: 2 })).dispose();
  } catch (error) {
    return { ...report, error: String(error) };
  }
  for (const count of threads) {
    for (const variant of ["scalar", "simd"]) {
      try {
        const backend = await createBackend({ variant, threads: count });
        if (backend.threads !== count)
          failures.push(`${variant}: ${backend.threads} threads, not the ${count} that were asked for`);
        const { weights } = await train(lanewise, backend, digits);
        const trainings = await trainEach(lanewise, backend, { digits, table });
        report.builds.push({ variant, threads: count, sha256: await sha256(weights), trainings });
        backend.dispose();
      } catch (error) {
        failures.push(`${variant}, ${count} threads: ${error?.stack ?? error}`);
      }
    }
  }
  return report;
}

async function checkSources({ createBackend, matmul }, sources) {
  const failures = [];
  for (const [name, wasm] of Object.entries(sources)) {
    try {
      const backend = await createBackend({ wasm });
      const product = matmul(backend.matrix(1, 2, [2, 3]), backend.matrix(2, 1, [4, 5])).data[0];
      if (backend.variant !== "simd" || product !== 23)
        failures.push(`${name} as wasm: the ${backend.variant} build, which multiplied to ${product}`);
      backend.dispose();
    } catch (error) {
      failures.push(`${name} as wasm: ${error}`);
    }
  }
  return failures;
}

/** Which of the embedded builds createBackend picks when it is given nothing, or why it makes none. */
async function embedded(lanewise) {
  try {
    const backend = await lanewise.createBackend();
    const { variant } = backend;
    backend.dispose();
    return { variant };
  } catch (error) {
    return { error: String(error) };
  }
}

/** Trains as `npm start` does, but for three epochs. */
async function train(lanewise, backend, digits) {
  const { adam, dense, Sequential } = lanewise;
  const model = new Sequential(backend, {
    inputShape: 64,
    seed: SEED,
    layers: [dense(64, { activation: "relu" }), dense(10)],
  });
  const { training, test } = digits;
  const loss = "softmaxCrossEntropy";
  await model.fit(inkOf(training), Uint8Array.from(training.labels), {
    loss,
    optimizer: adam({ learningRate: 1e-3 }),
    epochs: EPOCHS,
    batchSize: 32,
  });
  const { accuracy } = model.evaluate(inkOf(test), Uint8Array.from(test.labels), {
    loss,
    metrics: ["accuracy"],
  });
  const weights = Float32Array.from(model.parameters.flatMap(({ value }) => [...value.data]));
  const result = {
    accuracy,
    weights,
    predictions: model.predict(inkOf(test)),
    file: lanewise.saveModel(model),
  };
  model.dispose();
  return result;
}

/** Samples, epochs and batches of the small trainings: enough steps for every schedule to turn. */
const SMALL = { samples: 160, epochs: 3, batchSize: 32 };
const SMALL_STEPS = (SMALL.samples / SMALL.batchSize) * SMALL.epochs;

/**
 * What a small net can be trained with, by name: options of fit, and of what the net has beside that. It has
 * all that has a random number, an exp, a root or an order of its own.
 */
export function trainings({
  activation,
  adadelta,
  adagrad,
  adam,
  adamw,
  averagePool2d,
  batchNormalization,
  bidirectional,
  conv1d,
  conv2d,
  conv2dTranspose,
  dense,
  depthwiseConv2d,
  dropout,
  flatten,
  gaussianNoise,
  globalAveragePool2d,
  globalMaxPool1d,
  groupNormalization,
  gru,
  layerNormalization,
  lion,
  losses,
  lstm,
  masking,
  maxPool2d,
  nadam,
  positionalEncoding,
  reshape,
  rmsNormalization,
  rmsprop,
  scaling,
  schedules,
  separableConv2d,
  sgd,
  simpleRnn,
  spatialDropout2d,
  timeStep,
  transformerEncoder,
  upSampling2d,
}) {
  const learningRate = 0.01;
  const steps = SMALL_STEPS;
  const scheduled = (schedule) => ({ optimizer: sgd({ learningRate: schedule, momentum: 0.9 }) });
  const first = (...layers) => ({ layers: [...layers, dense(16, { activation: "tanh" }), dense(10)] });
  const elementwise = (loss, activation = "linear") => ({
    loss,
    oneHot: true,
    layers: [dense(16, { activation: "tanh" }), dense(10, { activation })],
  });
  return {
    sgd: { optimizer: sgd({ learningRate }) },
    "sgd, momentum": { optimizer: sgd({ learningRate, momentum: 0.9, dampening: 0.1 }) },
    "sgd, Nesterov": { optimizer: sgd({ learningRate, momentum: 0.9, nesterov: true }) },
    "sgd, scaled velocity": { optimizer: sgd({ learningRate, momentum: 0.9, velocity: "scaled" }) },
    adam: { optimizer: adam({ learningRate }) },
    "adam, AMSGrad": { optimizer: adam({ learningRate, amsgrad: true }) },
    adamw: { optimizer: adamw({ learningRate, weightDecay: 0.1 }) },
    nadam: { optimizer: nadam({ learningRate }) },
    rmsprop: { optimizer: rmsprop({ learningRate }) },
    "rmsprop, momentum, centered": { optimizer: rmsprop({ learningRate, momentum: 0.5, centered: true }) },
    adagrad: { optimizer: adagrad({ learningRate }) },
    adadelta: { optimizer: adadelta() },
    lion: { optimizer: lion({ learningRate: 0.001, weightDecay: 0.1 }) },
    "groups, weight decay": {
      optimizer: sgd({
        learningRate,
        weightDecay: 0.1,
        groups: [{ parameters: /bias/, weightDecay: 0, learningRateFactor: 2 }],
      }),
    },
    clipValue: { optimizer: adam({ learningRate, clipValue: 0.01 }) },
    clipNorm: { optimizer: adam({ learningRate, clipNorm: 0.1 }) },
    "schedule constant": scheduled(schedules.constant({ learningRate })),
    "schedule step": scheduled(schedules.step({ learningRate, every: 4 })),
    "schedule multiStep": scheduled(schedules.multiStep({ learningRate, at: [3, 7] })),
    "schedule exponential": scheduled(schedules.exponential({ learningRate, factor: 0.5, every: 7 })),
    "schedule polynomial": scheduled(schedules.polynomial({ learningRate, steps, power: 1.7 })),
    "schedule cosine": scheduled(schedules.cosine({ learningRate, steps: 6, restarts: true, growth: 1.5 })),
    "schedule oneCycle": scheduled(schedules.oneCycle({ learningRate, steps })),
    "schedule warmup": scheduled(
      schedules.warmup({ steps: 5, before: schedules.cosine({ learningRate, steps }) }),
    ),
    "schedule reduceOnPlateau": scheduled(
      schedules.reduceOnPlateau({ learningRate, monitor: "loss", patience: 1, minimumChange: 10 }),
    ),
    dropout: first(dropout(0.3)),
    gaussianNoise: first(gaussianNoise(0.1)),
    scaling: first(
      scaling({ mean: new Float32Array(64).fill(0.3), deviation: new Float32Array(64).fill(0.4) }),
    ),
    "activation layers": first(dense(20), activation("gelu"), dense(20), activation("hardSwish")),
    convolutions: {
      optimizer: adam({ learningRate }),
      layers: [
        reshape([8, 8, 1]),
        conv2d(6, 3, { padding: "same", useBias: false }),
        batchNormalization(),
        activation("relu"),
        maxPool2d(),
        conv2d(20, 3, { activation: "relu" }),
        flatten(),
        dense(10),
      ],
    },
    "more convolutions": {
      layers: [
        reshape([8, 8, 1]),
        conv2d(16, [3, 2], { strides: 2, dilation: [1, 2], padding: "same", activation: "tanh" }),
        depthwiseConv2d(3, { padding: 1 }),
        groupNormalization({ groups: 4 }),
        separableConv2d(18, 2, { activation: "silu" }),
        spatialDropout2d(0.2),
        conv2dTranspose(8, 3, { strides: 2, groups: 2, activation: "tanh" }),
        averagePool2d({ poolSize: 3, strides: 2, padding: "same" }),
        upSampling2d({ interpolation: "bilinear" }),
        globalAveragePool2d(),
        dense(10),
      ],
    },
    "convolutions of sequences": {
      layers: [
        reshape([16, 4]),
        conv1d(12, 3, { padding: "causal", dilation: 2, activation: "tanh" }),
        layerNormalization(),
        conv1d(17, 2, { strides: 2 }),
        rmsNormalization(),
        globalMaxPool1d(),
        dense(10),
      ],
    },
    "recurrent layers": {
      layers: [
        reshape([16, 4]),
        masking(),
        bidirectional(lstm(7, { returnSequences: true })),
        gru(9, { returnSequences: true, reverse: true }),
        simpleRnn(10),
        dense(10),
      ],
    },
    transformer: {
      layers: [
        reshape([16, 4]),
        dense(12),
        positionalEncoding(),
        transformerEncoder({ heads: 3, hidden: 20, causal: true, rotary: true, dropout: 0.1 }),
        transformerEncoder({ heads: 2, hidden: 17, activation: "swiglu", normFirst: false }),
        timeStep(-1),
        dense(10),
      ],
    },
    "L1, L2 and largest norms": {
      layers: [
        dense(16, {
          activation: "silu",
          kernelRegularizer: { l1: 0.01, l2: 0.02 },
          biasRegularizer: { l2: 0.1 },
          kernelConstraint: { maxNorm: 1 },
        }),
        dense(10),
      ],
    },
    "label smoothing": { loss: losses.softmaxCrossEntropy({ labelSmoothing: 0.1 }) },
    "sample and class weights": {
      sampleWeights: Float32Array.from({ length: SMALL.samples }, (_, i) => 1 + (i % 3)),
      classWeights: { 3: 2, 7: 0.5 },
    },
    accumulate: { accumulate: 2 },
    "early stopping": { validationSplit: 0.25, earlyStopping: { patience: 1 } },
    meanSquaredError: elementwise("meanSquaredError"),
    meanAbsoluteError: elementwise("meanAbsoluteError"),
    huber: elementwise(losses.huber({ delta: 0.5 })),
    logCosh: elementwise(losses.logCosh()),
    poisson: elementwise(losses.poisson(), "softplus"),
    cosineSimilarity: elementwise(losses.cosineSimilarity()),
    hinge: elementwise(losses.hinge()),
    squaredHinge: elementwise(losses.squaredHinge()),
    binaryCrossEntropy: elementwise(losses.binaryCrossEntropy(), "sigmoid"),
    binaryCrossEntropyWithLogits: elementwise(losses.binaryCrossEntropyWithLogits()),
    binaryFocalWithLogits: elementwise(losses.binaryFocalWithLogits()),
    categoricalCrossEntropy: elementwise(losses.categoricalCrossEntropy(), "softmax"),
    categoricalFocal: elementwise(losses.categoricalFocal(), "softmax"),
    kullbackLeiblerDivergence: elementwise(losses.kullbackLeiblerDivergence(), "softmax"),
  };
}

/** The hash of the weights after each of the small trainings. */
async function trainEach(lanewise, backend, { digits: { training }, table }) {
  const { dense, Sequential } = lanewise;
  const x = inkOf(training).slice(0, SMALL.samples * 64);
  const labels = training.labels.slice(0, SMALL.samples);
  const hashes = {};
  for (const [name, { layers, oneHot, ...options }] of Object.entries(trainings(lanewise))) {
    const model = new Sequential(backend, {
      inputShape: 64,
      seed: SEED,
      layers: layers ?? [dense(16, { activation: "tanh" }), dense(10)],
    });
    const y = oneHot
      ? labels.map((label) => Array.from({ length: 10 }, (_, i) => (i === label ? 1 : 0)))
      : Uint8Array.from(labels);
    await model.fit(x, y, {
      loss: "softmaxCrossEntropy",
      epochs: SMALL.epochs,
      batchSize: SMALL.batchSize,
      ...options,
    });
    const weights = Float32Array.from(model.parameters.flatMap(({ value }) => [...value.data]));
    if (!weights.every(Number.isFinite)) throw new Error(`${name}: weights are not finite`);
    hashes[name] = await sha256(weights);
    model.dispose();
  }
  if (table) hashes["a table"] = await trainOnTable(table, backend);
  return hashes;
}

/** Rows with words, dates, numbers and gaps, and an answer that depends on them. */
function tableText() {
  const rows = Array.from({ length: 90 }, (_, i) => {
    const word = ["red", "green", "blue", "black"][(i * 7) % 4];
    const day = `2024-${String(1 + ((i * 5) % 12)).padStart(2, "0")}-${String(1 + ((i * 11) % 28)).padStart(2, "0")}`;
    const number = i % 9 === 0 ? "" : (((i * 37) % 100) / 8).toFixed(2).replace(".", ",");
    return [word, day, number, word === "red" || (i * 37) % 100 > 60 ? "yes" : "no"].join(";");
  });
  return ["colour;day;size;answer", ...rows].join("\n");
}

/** The hash of the weights after a training on a table. */
async function trainOnTable({ trainTable }, backend) {
  const { model } = await trainTable(backend, tableText(), { target: "answer", seed: SEED });
  const weights = Float32Array.from(model.parameters.flatMap(({ value }) => [...value.data]));
  if (!weights.every(Number.isFinite)) throw new Error("a table: weights are not finite");
  model.dispose();
  return sha256(weights);
}

const inkOf = ({ pixels }) => Float32Array.from(pixels, (ink) => ink / 16);

async function sha256(floats) {
  const digest = await crypto.subtle.digest("SHA-256", floats);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function checkRelaxed(builds, weights) {
  const { simd, relaxed } = Object.fromEntries(builds.map((build) => [build.variant, build]));
  if (!relaxed) return [];
  if (!simd) return ["relaxed: there is no SIMD build to compare with"];
  const apart = {
    weight: weights.relaxed.reduce((largest, w, i) => Math.max(largest, Math.abs(w - weights.simd[i])), 0),
    accuracy: Math.abs(relaxed.accuracy - simd.accuracy),
  };
  relaxed.fromSimd = apart;
  return Object.keys(apart)
    .filter((what) => !(apart[what] <= RELAXED_TOLERANCE[what]))
    .map(
      (what) =>
        `relaxed: ${what} is ${apart[what]} from the SIMD build's, more than ${RELAXED_TOLERANCE[what]}`,
    );
}

/**
 * Sizes of a matrix product, m x k times k x n: around the width of a vector and of a tile, and sums longer
 * than a block of 256.
 */
const PRODUCTS = [
  [1, 1, 1],
  [3, 5, 7],
  [17, 33, 19],
  [64, 64, 64],
  [9, 300, 13],
  [1, 517, 31],
  [130, 2, 67],
];
/** Rows and columns for the other operations. */
const SHAPES = [
  [1, 1],
  [7, 5],
  [33, 31],
  [3, 1027],
];

/** The elementwise activations and their derivatives, by definition. */
const sigmoid = (z) => 1 / (1 + Math.exp(-z));
const normal = (z) => 0.5 * (1 + erf(z / Math.SQRT2));
const geluArgument = (z) => Math.sqrt(2 / Math.PI) * (z + 0.044715 * z ** 3);
const geluArgumentSlope = (z) => Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * z ** 2);
const SELU = { scale: 1.0507009873554805, alpha: 1.6732632423543772 };
const ACTIVATIONS = {
  linear: [(z) => z, () => 1],
  relu: [(z) => Math.max(z, 0), (z) => (z > 0 ? 1 : 0)],
  relu6: [(z) => Math.min(Math.max(z, 0), 6), (z) => (z > 0 && z < 6 ? 1 : 0)],
  leakyRelu: [(z) => (z > 0 ? z : 0.01 * z), (z) => (z > 0 ? 1 : 0.01)],
  elu: [(z) => (z > 0 ? z : Math.expm1(z)), (z) => (z > 0 ? 1 : Math.exp(z))],
  selu: [
    (z) => SELU.scale * (z > 0 ? z : SELU.alpha * Math.expm1(z)),
    (z) => SELU.scale * (z > 0 ? 1 : SELU.alpha * Math.exp(z)),
  ],
  gelu: [(z) => z * normal(z), (z) => normal(z) + (z * Math.exp(-(z * z) / 2)) / Math.sqrt(2 * Math.PI)],
  geluTanh: [
    (z) => 0.5 * z * (1 + Math.tanh(geluArgument(z))),
    (z) =>
      0.5 * (1 + Math.tanh(geluArgument(z))) +
      0.5 * z * (1 - Math.tanh(geluArgument(z)) ** 2) * geluArgumentSlope(z),
  ],
  silu: [(z) => z * sigmoid(z), (z) => sigmoid(z) * (1 + z * (1 - sigmoid(z)))],
  sigmoid: [sigmoid, (z) => sigmoid(z) * (1 - sigmoid(z))],
  tanh: [Math.tanh, (z) => 1 - Math.tanh(z) ** 2],
  softplus: [(z) => Math.log1p(Math.exp(z)), sigmoid],
  hardSwish: [
    (z) => (z * Math.min(Math.max(z + 3, 0), 6)) / 6,
    (z) => (z < -3 ? 0 : z > 3 ? 1 : z / 3 + 0.5),
  ],
  hardSigmoid: [(z) => Math.min(Math.max(z / 6 + 0.5, 0), 1), (z) => (z > -3 && z < 3 ? 1 / 6 : 0)],
  softsign: [(z) => z / (1 + Math.abs(z)), (z) => 1 / (1 + Math.abs(z)) ** 2],
  mish: [
    (z) => z * Math.tanh(Math.log1p(Math.exp(z))),
    (z) => {
      const y = Math.tanh(Math.log1p(Math.exp(z)));
      return y + z * (1 - y * y) * sigmoid(z);
    },
  ],
  exp: [Math.exp, Math.exp],
};

/** The error function by its series, exact to 1e-10 for |x| up to 4. */
function erf(x) {
  let term = x;
  let total = x;
  for (let n = 1; n < 100; n++) {
    term *= -(x * x) / n;
    total += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}

/** The error of each operation against its definition in float64, on numbers from a seed. */
function checkKernels(lanewise, backend) {
  const {
    activate,
    activationGradient,
    add,
    addRow,
    axpy,
    hadamard,
    matmul,
    scale,
    subtract,
    sumRows,
    transpose,
  } = lanewise;
  const results = [];
  const random = randomNumbers(SEED);
  /** Float32 values from -4 to 4. */
  const numbers = (n) => Float32Array.from({ length: n }, () => random() * 8 - 4);
  /**
   * Element i of what `run` gives for the matrices must be that of `expected`: a value, or terms to be
   * summed.
   */
  const check = (name, inputs, run, expected) => {
    const matrices = inputs.map(([rows, cols, values]) => backend.matrix(rows, cols, values));
    const result = run(...matrices);
    const error = result.data.reduce((largest, got, i) => worse(largest, errorOf(got, expected(i))), 0);
    results.push({
      name: `${name} of ${inputs.map(([rows, cols]) => `[${rows}, ${cols}]`).join(" and ")}`,
      error,
    });
    for (const matrix of new Set([...matrices, result])) matrix.dispose();
  };

  for (const [m, k, n] of PRODUCTS) {
    for (const [transposeA, transposeB] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ]) {
      const [a, b] = [numbers(m * k), numbers(k * n)];
      check(
        `matmul${transposeA ? " transposeA" : ""}${transposeB ? " transposeB" : ""}`,
        [transposeA ? [k, m, a] : [m, k, a], transposeB ? [n, k, b] : [k, n, b]],
        (a, b) => matmul(a, b, { transposeA, transposeB }),
        (at) => {
          const [i, j] = [Math.floor(at / n), at % n];
          return Array.from(
            { length: k },
            (_, p) => a[transposeA ? p * m + i : i * k + p] * b[transposeB ? j * k + p : p * n + j],
          );
        },
      );
    }
  }

  for (const [rows, cols] of SHAPES) {
    const [a, b, row] = [numbers(rows * cols), numbers(rows * cols), numbers(cols)];
    const one = [[rows, cols, a]];
    const two = [...one, [rows, cols, b]];
    check("transpose", one, transpose, (i) => a[(i % rows) * cols + Math.floor(i / rows)]);
    check("add", two, add, (i) => [a[i], b[i]]);
    check("subtract", two, subtract, (i) => [a[i], -b[i]]);
    check("hadamard", two, hadamard, (i) => a[i] * b[i]);
    check(
      "scale",
      one,
      (a) => scale(a, -1.25),
      (i) => -1.25 * a[i],
    );
    check(
      "axpy",
      two,
      (x, y) => axpy(0.75, x, y),
      (i) => [0.75 * a[i], b[i]],
    );
    check("addRow", [...one, [1, cols, row]], addRow, (i) => [a[i], row[i % cols]]);
    check("sumRows", one, sumRows, (j) => Array.from({ length: rows }, (_, i) => a[i * cols + j]));
    for (const [name, [value, derivative]] of Object.entries(ACTIVATIONS)) {
      check(
        name,
        one,
        (z) => activate(name, z),
        (i) => value(a[i]),
      );
      check(
        `derivative of ${name}`,
        one,
        (z) => activationGradient(name, z),
        (i) => derivative(a[i]),
      );
    }
    const totals = Array.from({ length: rows }, (_, i) =>
      a.subarray(i * cols, (i + 1) * cols).reduce((total, z) => total + Math.exp(z), 0),
    );
    const totalAt = (i) => totals[Math.floor(i / cols)];
    check(
      "softmax",
      one,
      (z) => activate("softmax", z),
      (i) => Math.exp(a[i]) / totalAt(i),
    );
    check(
      "logSoftmax",
      one,
      (z) => activate("logSoftmax", z),
      (i) => [a[i], -Math.log(totalAt(i))],
    );
  }
  return results;
}

/** Relative to the magnitude of what was summed, where that is more than 1. */
function errorOf(got, expected) {
  const terms = Array.isArray(expected) ? expected : [expected];
  let [value, magnitude] = [0, 0];
  for (const term of terms) {
    value += term;
    magnitude += Math.abs(term);
  }
  return Math.abs(got - value) / Math.max(1, magnitude);
}

/** The larger of two errors; NaN is the worst of all. */
const worse = (a, b) => (b <= a ? a : Number.isNaN(b) ? Number.POSITIVE_INFINITY : b);

/**
 * Uniform numbers in [0, 1): Marsaglia's 32-bit xorshift ("Xorshift RNGs", 2003), the same in every engine.
 */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
