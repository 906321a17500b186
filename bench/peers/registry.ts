import type { Task } from "./workloads.js";

/** A way to start a library's process. */
export interface Setting {
  /** What the row calls it. */
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A library that is measured, in a process of its own. */
export interface PeerSpec {
  readonly name: string;
  /** What is done with it. */
  readonly note: string;
  /** A file of node/ or python/. */
  readonly file: string;
  readonly args: readonly string[];
  /** It cannot take the weights of others, so its outputs are its own. */
  readonly ownWeights?: true;
  /** The settings that may be the fastest at a task; without it there is one. */
  readonly settings?: (task: Task) => readonly Setting[];
}

const MALLOC = "malloc thresholds";
/**
 * Freed memory goes back to the system from glibc's thresholds on, and comes again page by page: PyTorch
 * allocates every tensor anew. 32 MiB is the largest first threshold that glibc takes.
 */
const KEEP_MEMORY = {
  MALLOC_MMAP_THRESHOLD_: String(32 * 2 ** 20),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 30),
};

/** Every choice of what may make PyTorch faster at a task: arguments of torch_peer.py, and the memory. */
function torchSettings(task: Task): Setting[] {
  const isImage = "net" in task && "input" in task.net && task.net.input.length === 3;
  const isTransformer =
    task.kind === "trainSequence" || task.kind === "inferSequence"
      ? task.net.layers.some(({ kind }) => kind === "block")
      : false;
  const names = [
    ...(task.kind.startsWith("train") ? ["foreach"] : []),
    ...(task.kind.startsWith("infer") ? ["frozen"] : []),
    ...(isImage ? ["channels_last"] : []),
    ...(isTransformer ? ["plain_blocks"] : []),
    MALLOC,
  ];
  return subsets(names).map((chosen) => ({
    name: chosen.length > 0 ? chosen.join(", ") : "defaults",
    args: chosen.filter((name) => name !== MALLOC),
    env: chosen.includes(MALLOC) ? KEEP_MEMORY : {},
  }));
}

const subsets = (items: readonly string[]): string[][] =>
  items.reduce<string[][]>((sets, item) => sets.concat(sets.map((set) => set.concat(item))), [[]]);

const peer = (name: string, note: string, file: string, ...args: string[]): PeerSpec => ({
  name,
  note,
  file,
  args,
});

/** lanewise first: the others are set against it. */
export const peers: readonly PeerSpec[] = [
  peer("lanewise", 'the fastest build (variant "fastest"), fit', "node/lanewise.mjs", "fastest"),
  peer("lanewise-simd", "the default build, fit", "node/lanewise.mjs", "simd"),
  peer("torch", "PyTorch: nn.Sequential and a loop, native, one thread", "python/torch_peer.py"),
  {
    ...peer("torch-best", "PyTorch in the fastest of several settings", "python/torch_peer.py"),
    settings: torchSettings,
  },
  peer("numpy", "NumPy by hand, native, one thread", "python/numpy_peer.py"),
  peer("tfjs-wasm", "TensorFlow.js layers: fit and predict", "node/tfjs.mjs", "wasm", "fit"),
  peer("tfjs-wasm-core", "TensorFlow.js without layers", "node/tfjs.mjs", "wasm", "core"),
  peer("ort-web", "ONNX Runtime in WebAssembly, one thread", "node/onnxruntime.mjs", "web"),
  peer("ort-node", "ONNX Runtime, native, one thread", "node/onnxruntime.mjs", "node"),
  peer("jax-js", "jit, Adam by hand, loss read every step", "node/jax.mjs"),
  {
    ...peer("brain.js", "one sample at a time, gradient descent, weights of its own", "node/brain.mjs"),
    ownWeights: true,
  },
  peer("ml-matrix", "by hand on its matrices", "node/ml-matrix.mjs"),
  peer("tfjs-cpu", "TensorFlow.js layers in plain JavaScript", "node/tfjs.mjs", "cpu", "fit"),
];
