import { openThreads } from "./environment.js";
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
  /** It has no threads in Node. */
  readonly oneThread?: true;
  /** The candidate settings for a task and a number of threads. Without it the peer has one setting. */
  readonly settings?: (task: Task, threads: number) => readonly Setting[];
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

/** A name, and variables of the environment. */
type Environment = readonly [name: string, env: Readonly<Record<string, string>>];

/**
 * Ways to have up to `threads` threads in PyTorch. Where OpenBLAS has several and OpenMP too, those of OpenMP
 * wait for work by running, which takes the cores from those of OpenBLAS; PASSIVE makes them sleep.
 */
function threadSettings(threads: number): Environment[] {
  if (threads === 1) return [["", {}]];
  const of = (blas: number, omp: number): Environment => [
    `OpenBLAS ${blas}, OpenMP ${omp}`,
    openThreads(blas, omp),
  ];
  const [name, both] = of(threads, threads);
  return [
    [name, both],
    [`${name} passive`, { ...both, OMP_WAIT_POLICY: "PASSIVE" }],
    of(threads, 1),
    of(1, threads),
    of(1, 1),
  ];
}

/**
 * Every choice of what may make PyTorch faster at a task: arguments of torch_peer.py, the memory and the
 * threads.
 */
function torchSettings(task: Task, threads: number): Setting[] {
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
  return threadSettings(threads).flatMap(([threading, env]) =>
    subsets(names).map((chosen) => ({
      name: [...chosen, threading].filter(Boolean).join(", ") || "defaults",
      args: chosen.filter((name) => name !== MALLOC),
      env: { ...env, ...(chosen.includes(MALLOC) ? KEEP_MEMORY : {}) },
    })),
  );
}

const subsets = (items: readonly string[]): string[][] =>
  items.reduce<string[][]>((sets, item) => sets.concat(sets.map((set) => set.concat(item))), [[]]);

const peer = (name: string, note: string, file: string, ...args: string[]): PeerSpec => ({
  name,
  note,
  file,
  args,
});

/** A library without threads in Node. */
const single = (...of: Parameters<typeof peer>): PeerSpec => ({ ...peer(...of), oneThread: true });

/** lanewise first: the others are set against it. */
export const peers: readonly PeerSpec[] = [
  peer("lanewise", 'the fastest build (variant "fastest"), fit', "node/lanewise.mjs", "fastest"),
  peer("lanewise-simd", "the default build, fit", "node/lanewise.mjs", "simd"),
  peer("torch", "PyTorch: nn.Sequential and a loop, native", "python/torch_peer.py"),
  {
    ...peer("torch-best", "PyTorch in the fastest of several settings", "python/torch_peer.py"),
    settings: torchSettings,
  },
  peer("numpy", "NumPy by hand, native", "python/numpy_peer.py"),
  single("tfjs-wasm", "TensorFlow.js layers: fit and predict", "node/tfjs.mjs", "wasm", "fit"),
  single("tfjs-wasm-core", "TensorFlow.js without layers", "node/tfjs.mjs", "wasm", "core"),
  peer("ort-web", "ONNX Runtime in WebAssembly", "node/onnxruntime.mjs", "web"),
  peer("ort-node", "ONNX Runtime, native", "node/onnxruntime.mjs", "node"),
  single("jax-js", "jit, Adam by hand, loss read every step", "node/jax.mjs"),
  {
    ...single("brain.js", "one sample at a time, gradient descent, weights of its own", "node/brain.mjs"),
    ownWeights: true,
  },
  single("ml-matrix", "by hand on its matrices", "node/ml-matrix.mjs"),
  single("tfjs-cpu", "TensorFlow.js layers in plain JavaScript", "node/tfjs.mjs", "cpu", "fit"),
];
