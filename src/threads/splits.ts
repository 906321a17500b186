import { calls } from "./generated/calls.js";
import { axisOf, indexOf, type Name, type Of, type Options, product, type Split, wordsOf } from "./split.js";

/**
 * Along which argument each kernel may be divided among threads. A kernel is divided only where no sum is:
 * along rows or columns of a product, rows of a row kernel, elements, samples. The bits are therefore those
 * of one call. A kernel that is not here runs on the calling thread.
 */

/** One way to divide a kernel: `of` has the parameters whose product is the number of places. */
function one(
  name: Name,
  length: string,
  steps: string,
  [each, of]: readonly [each: number, of: string],
  { sizes, times, share, ...options }: Options & Pick<Split, "times" | "share"> & Sizes = {},
): [Name, Split] {
  const axis = axisOf(name, length, steps, options, sizes);
  return [
    name,
    { ...costs(name, each, of), ...(times && { times }), ...(share && { share }), axis: () => axis },
  ];
}

interface Sizes {
  readonly sizes?: Readonly<Record<string, Of>>;
}

const costs = (name: Name, each: number, of: string): Pick<Split, "each" | "of"> => ({
  each,
  of: of.split("*").flatMap((parameter) => (parameter ? indexOf(name, parameter) : [])),
});

/** Elements 0 to n - 1 of all pointers. */
function elements(name: Name, each = 0.3): [Name, Split] {
  const { parameters, types } = calls[name];
  const pointers = parameters.filter((_, i) => types[i] === "usize");
  return one(name, "n", pointers.join(" "), [each, "n"], { grain: 16 });
}

/** The update of an optimizer: all pointers but that of the gradients. */
function update(name: Name): [Name, Split] {
  const { parameters, types } = calls[name];
  const updates = [...parameters.keys()].filter((i) => types[i] === "usize" && parameters[i] !== "g");
  // Threads after the first copy what they update, and are slower for it.
  return [name, { ...elements(name, 0.8)[1], share: 8, updates }];
}

/** Rows: "x y" of `cols` elements, "mask:" of one. */
function rows(name: Name, pointers: string, each = 0.5, options: Options = {}): [Name, Split] {
  const steps = pointers.split(" ").map((pointer) => (pointer.includes(":") ? pointer : `${pointer}:cols`));
  return one(name, "rows", steps.join(" "), [each, "rows*cols"], options);
}

/** An activation and its gradient. */
function activations(each: number, ...names: string[]): [Name, Split][] {
  return names.flatMap((name) => {
    const backward = `${name}Backward` as Name;
    const [saved] = calls[backward].parameters;
    return [rows(name as Name, "z y", each), rows(backward, `${saved} dy dz`, each)];
  });
}

const [, , , , M, N, K, LDA, LDB, LDC, LDD, TRANSPOSE_A, TRANSPOSE_B] = calls.gemm.parameters.keys();
const byRows = axisOf(
  "gemm",
  "m",
  "a:a c:ldc d:ldd",
  { grain: 6, workspace: "workspace" },
  { a: (a) => (a[TRANSPOSE_A] ? 1 : a[LDA]), ldc: (a) => a[LDC], ldd: (a) => a[LDD] },
);
const byColumns = axisOf(
  "gemm",
  "n",
  "b:b c d",
  { grain: 16, workspace: "workspace" },
  { b: (a) => (a[TRANSPOSE_B] ? a[LDB] : 1) },
);

const gemm: Split = {
  each: 0.07,
  of: [M, N, K],
  // Every chunk copies the whole of the operand that is not divided into its workspace: the smaller one.
  axis: (a) => (a[M] >= a[N] ? byRows : byColumns),
  share: 2,
};

const workspace = "workspace";
const w = "w";

/** Words of a Geometry: sizes of a sample of x, and of y, and of a window. */
const COVERED = [0, 1, 2];
const WINDOWS = [3, 4, 5];
const POOLED = [3, 4, 2];
const WINDOW = [6, 7];
const GROUPS = 14;

/** Samples of the two tensors of a convolution. `each` is the time of a multiplication. */
function windows(name: Name, covered: string, result: string, each: number, options: Options): [Name, Split] {
  const isDepthwise = name.startsWith("depthwise");
  const [x, y] = [wordsOf(name, "geometry", ...COVERED), wordsOf(name, "geometry", ...WINDOWS)];
  const all = wordsOf(name, "geometry", ...WINDOWS, ...WINDOW);
  const channels = wordsOf(name, "geometry", 2);
  const groups = wordsOf(name, "geometry", GROUPS);
  return one(name, "rows", `${covered}:x ${result}:y`, [each, "rows"], {
    ...options,
    sizes: { x, y },
    times: isDepthwise ? all : (a, read) => (all(a, read) * channels(a, read)) / groups(a, read),
  });
}

/** Rows of the gradient of the weights; filters if rows are few, for they come in runs. */
function weightGradient(): [Name, Split] {
  const name = "convolutionWeightGradient";
  const byRows = axisOf(name, "count", "first", { workspace });
  const byFilters = axisOf(name, "filters", "dy dw", { workspace, grain: 8 });
  const positions = wordsOf(name, "geometry", 3, 4);
  const groups = wordsOf(name, "geometry", GROUPS);
  const [count, filters] = [indexOf(name, "count"), indexOf(name, "filters")];
  const areFew = (a: readonly number[]) => a[count] < 32 && a[filters] >= 16;
  return [
    name,
    {
      ...costs(name, 0.07, "rows*count*filters"),
      times: positions,
      axis: (a, read) => (areFew(a) && groups(a, read) === 1 ? byFilters : byRows),
    },
  ];
}

/** Samples of a pool. */
function pool(name: Name, covered: string, pooled: string, each: number): [Name, Split] {
  const steps = [...covered.split(" ").map((x) => `${x}:x`), ...pooled.split(" ").map((y) => `${y}:y`)];
  return one(name, "rows", steps.join(" "), [each, "rows"], {
    sizes: { x: wordsOf(name, "geometry", ...COVERED), y: wordsOf(name, "geometry", ...POOLED) },
    times: wordsOf(name, "geometry", ...POOLED, ...WINDOW),
  });
}

/** Samples of a kernel whose record tells their sizes. */
function samples(
  name: Name,
  steps: string,
  each: number,
  sizes: Readonly<Record<"x" | "y", Of>>,
): [Name, Split] {
  return one(name, "rows", steps, [each, "rows"], { sizes, times: sizes.y });
}

/** Sequences: of a recurrent layer with this many blocks and states. Each chunk packs R again. */
function recurrent(name: Name, steps: string, states: number, blocks: number): [Name, Split] {
  const units = indexOf(name, "units");
  const time = indexOf(name, "time");
  const of =
    (perStep: number, perSample = 0): Of =>
    (a) =>
      (perStep * a[time] + perSample) * a[units];
  const sizes = { x: of(blocks), y: of(states), initial: of(0, states), kept: of(4), q: of(1) };
  return one(name, "rows", steps, [0.1 * blocks, "rows*time*units*units"], { sizes, workspace, share: 1 });
}

/** Words of a record of attention. */
const [QUERIES, KEYS, HEADS, KEY_SIZE, VALUE_SIZE, QUERY_STRIDE, KEY_STRIDE, VALUE_STRIDE] = Array(8).keys();

/** Samples of an attention. */
function attention(name: Name, steps: string, each: number): [Name, Split] {
  const of = (...words: number[]) => wordsOf(name, "record", ...words);
  const heads = of(HEADS);
  const queries = of(QUERIES);
  const sizes = {
    q: of(QUERIES, QUERY_STRIDE),
    k: of(KEYS, KEY_STRIDE),
    v: of(KEYS, VALUE_STRIDE),
    y: of(QUERIES, HEADS, VALUE_SIZE),
    keys: of(KEYS),
    kept: ((a, read) => 2 * heads(a, read) * queries(a, read)) satisfies Of,
    // Each group of eight queries draws from a stream of its own.
    drawn: ((a, read) => heads(a, read) * Math.ceil(queries(a, read) / 8)) satisfies Of,
  };
  const times = of(QUERIES, KEYS, HEADS);
  const [keySize, valueSize] = [of(KEY_SIZE), of(VALUE_SIZE)];
  return one(name, "batch", steps, [each, "batch"], {
    sizes,
    workspace: w,
    times: (a, read) => times(a, read) * (keySize(a, read) + valueSize(a, read) + 10),
  });
}

/** Batches if there are several, else rows: of a kernel of normalize-channels.ts that sums nothing. */
function batchesOrRows(name: Name, ofBatches: string, ofRows: string, each: number): [Name, Split] {
  const batches = indexOf(name, "batches");
  const [byBatches, byRows] = [
    axisOf(name, "batches", ofBatches, { workspace: w }),
    axisOf(name, "rows", ofRows, { workspace: w, grain: 4 }),
  ];
  return [
    name,
    { ...costs(name, each, "batches*rows*cols"), axis: (a) => (a[batches] > 1 ? byBatches : byRows) },
  ];
}

/** Batches if there are several, else columns: those of a group stay together. */
function batchesOrColumns(name: Name, ofBatches: string, ofColumns: string, each: number): [Name, Split] {
  const batches = indexOf(name, "batches");
  const size = calls[name].parameters.indexOf("size" as never);
  const grain: Of = (a) => (size < 0 || a[size] === 1 ? 16 : a[size]);
  const [byBatches, byColumns] = [
    axisOf(name, "batches", ofBatches, { workspace: w }),
    axisOf(name, "cols", ofColumns, { workspace: w, grain }),
  ];
  return [
    name,
    { ...costs(name, each, "batches*rows*cols"), axis: (a) => (a[batches] > 1 ? byBatches : byColumns) },
  ];
}

/** Slices of `cols` channels; or elements, if there is but one. */
function prelu(name: Name, pointers: string): [Name, Split] {
  const steps = (by: string) => pointers.split(" ").map((pointer) => `${pointer}:${by}`);
  const slices = axisOf(name, "outer", steps("cols*inner").join(" "));
  const elements = axisOf(name, "inner", steps("").join(" "), { grain: 16 });
  const [outer, cols] = [indexOf(name, "outer"), indexOf(name, "cols")];
  return [
    name,
    {
      ...costs(name, 0.5, "outer*cols*inner"),
      axis: (a) => (a[outer] === 1 && a[cols] === 1 ? elements : slices),
    },
  ];
}

const indexOfInner = indexOf("preluGradient", "inner");
const BOX = (word: number) => wordsOf("copyBox", "record", word);
const RESAMPLING = (name: Name) => ({
  x: wordsOf(name, "record", 0, 1, 2),
  y: wordsOf(name, "record", 3, 4, 2),
});

const table: readonly [Name, Split][] = [
  ["gemm", gemm],
  ...(["add", "affine", "axpy", "clip", "hadamard", "scale", "subtract", "zero", "penalize"] as const).map(
    (name) => elements(name),
  ),
  ...(["adadelta", "adam", "lion", "momentum", "rmsprop", "sgd"] as const).map(update),
  ...(["moveMoments", "normExcess"] as const).map((name) => elements(name, 0.5)),
  ...(["absoluteErrorGradient", "huberGradient", "squaredErrorGradient"] as const).map((name) =>
    elements(name),
  ),
  ...(["binaryCrossEntropyGradient", "binaryCrossEntropyWithLogitsGradient"] as const).map((name) =>
    elements(name, 2),
  ),
  ...activations(0.2, "relu", "relu6", "leakyRelu", "hardSigmoid", "hardSwish", "softsign"),
  ...activations(2, "tanh", "sigmoid", "gelu", "geluTanh", "silu", "elu", "selu", "softplus", "mish", "exp"),
  prelu("prelu", "z y"),
  prelu("preluBackward", "z dy dz"),

  rows("gather", "y index:", 0.5),
  one("copyRows", "rows", "x:xStride y:yStride", [0.3, "rows*cols"]),
  rows("addRow", "z y", 0.2),
  rows("scaleRows", "x y w:", 0.2),
  rows("standardize", "x y", 0.4),
  rows("standardizeBackward", "dy dx", 0.3),
  rows("softmax", "x y", 3),
  rows("logSoftmax", "x y", 3),
  rows("softmaxBackward", "y dy dx", 0.6),
  rows("logSoftmaxBackward", "y dy dx", 2),
  rows("normalizeRows", "x y mean: inverse:", 0.8, { grain: 4 }),
  rows("normalizeRowsBackward", "x dy dx mean: inverse:", 1, { grain: 4, workspace: w }),
  rows("oneHot", "t label:", 1),
  rows("realSteps", "x mask:", 1),
  one("rotate", "rows", "x:cols y:cols", [0.5, "rows*cols"], { grain: product("rotate", "time") }),

  one("averageSteps", "rows", "x:steps*cols mask:steps y:cols", [0.3, "rows*steps*cols"], { workspace: w }),
  one("averageStepsBackward", "rows", "mask:steps dy:cols dx:steps*cols", [0.3, "rows*steps*cols"]),
  one("maxSteps", "rows", "x:steps*cols mask:steps y:cols", [0.5, "rows*steps*cols"]),
  one("maxStepsBackward", "rows", "x:steps*cols mask:steps y:cols dy:cols dx:steps*cols", [
    1,
    "rows*steps*cols",
  ]),
  one("averagePositions", "rows", "x:positions*channels y:channels", [0.2, "rows*positions*channels"]),

  windows("convolution", "x", "y", 0.07, { workspace }),
  windows("convolutionTransposed", "dx", "dy", 0.07, { workspace }),
  weightGradient(),
  one("depthwiseWeightGradient", "count", "first", [0.1, "rows*count"], {
    grain: 4,
    workspace: w,
    times: wordsOf("depthwiseWeightGradient", "geometry", 3, 4, ...WINDOW),
  }),
  windows("depthwise", "x", "y", 0.2, { workspace }),
  windows("depthwiseInputGradient", "dx", "dy", 0.2, { workspace }),
  pool("maxPool", "x", "y", 0.3),
  pool("maxPoolBackward", "x dx", "y dy", 0.6),
  pool("averagePool", "x", "y", 0.3),
  pool("averagePoolBackward", "dx", "dy", 0.4),
  samples("resample", "x:x y:y", 2, RESAMPLING("resample")),
  samples("resampleBackward", "dx:x dy:y", 3, RESAMPLING("resampleBackward")),
  samples("copyBox", "x:x y:y", 0.4, { x: BOX(2), y: BOX(3) }),

  one("sumRows", "cols", "x y", [0.3, "rows*cols"], { grain: 4 }),
  one("transpose", "cols", "x y:rows", [0.5, "rows*cols"], { grain: 16 }),
  one("preluGradient", "cols", "z:inner dy:inner w:inner da", [0.8, "outer*cols*inner"], {
    grain: (a) => (a[indexOfInner] === 1 ? 16 : 1),
  }),
  rows("embed", "x: y"),
  one("embeddingGradient", "cols", "dy dw", [0.5, "rows*cols"], { grain: 16 }),
  one("embeddingMeanGradient", "cols", "dy dw", [0.5, "rows*steps*cols"], { grain: 16, workspace: w }),
  one("dropout", "n", "y first", [2, "n"], { grain: 16 }),
  one("gaussianNoise", "n", "y first", [6, "n"], { grain: 16 }),
  batchesOrRows("normalizeChannels", "x:rows*cols y:rows*cols mean:cols variance:cols", "x:cols y:cols", 0.3),

  batchesOrRows(
    "normalizeChannelsBackward",
    "x:rows*cols dy:rows*cols dx:rows*cols mean:cols variance:cols ofBeta:cols ofGamma:cols",
    "x:cols dy:cols dx:cols",
    0.5,
  ),
  batchesOrColumns("channelMoments", "x:rows*cols mean:cols variance:cols", "x mean variance", 0.6),
  batchesOrColumns(
    "channelSlopes",
    "x:rows*cols dy:rows*cols mean:cols variance:cols ofBeta:cols ofGamma:cols",
    "x dy mean variance ofBeta ofGamma",
    0.6,
  ),
  one("normalizeRowsGradient", "cols", "x dy dgamma dbeta", [0.7, "rows*cols"], { grain: 16, workspace: w }),

  recurrent("simpleRnn", "x:x initial:initial mask:time y:y", 1, 1),
  recurrent("simpleRnnBackward", "dy:y y:y initial:initial mask:time dx:x dInitial:initial", 1, 1),
  recurrent("lstm", "x:x initial:initial mask:time y:y kept:kept", 2, 4),
  recurrent("lstmBackward", "dy:y kept:kept y:y initial:initial mask:time dx:x dInitial:initial", 2, 4),
  recurrent("gru", "x:x initial:initial mask:time y:y kept:kept", 1, 3),
  recurrent("gruBackward", "dy:y kept:kept y:y initial:initial mask:time dx:x dq:q dInitial:initial", 1, 3),
  recurrent("gruResetBefore", "x:x initial:initial mask:time y:y kept:kept", 1, 3),
  recurrent(
    "gruResetBeforeBackward",
    "dy:y kept:kept y:y initial:initial mask:time dx:x dInitial:initial",
    1,
    3,
  ),
  one("recurrentGradient", "cols", "d dr", [0.07, "rows*time*units*cols"], {
    grain: 16,
    workspace,
    share: 1,
  }),

  attention("attention", "q:q k:k v:v mask:keys y:y statistics:kept key1:drawn", 0.1),
  attention(
    "attentionBackward",
    "q:q k:k v:v mask:keys statistics:kept dy:y dq:q dk:k dv:v key1:drawn",
    0.25,
  ),
];

export const splits: ReadonlyMap<Name, Split> = new Map(table);
