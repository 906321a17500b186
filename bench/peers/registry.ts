/** A library that is measured, in a process of its own. */
export interface PeerSpec {
  readonly name: string;
  /** What is done with it. */
  readonly note: string;
  /** A file of node/ or python/. */
  readonly file: string;
  readonly args: readonly string[];
}

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
  peer("torch-best", "PyTorch with Adam's foreach=True, its best setting", "python/torch_peer.py", "best"),
  peer("numpy", "NumPy by hand, native, one thread", "python/numpy_peer.py"),
  peer("tfjs-wasm", "TensorFlow.js layers: fit and predict", "node/tfjs.mjs", "wasm", "fit"),
  peer("tfjs-wasm-core", "TensorFlow.js without layers", "node/tfjs.mjs", "wasm", "core"),
  peer("ort-web", "ONNX Runtime in WebAssembly, one thread", "node/onnxruntime.mjs", "web"),
  peer("ort-node", "ONNX Runtime, native, one thread", "node/onnxruntime.mjs", "node"),
  peer("jax-js", "jit, Adam by hand, loss read every step", "node/jax.mjs"),
  peer("brain.js", "one sample at a time, gradient descent", "node/brain.mjs"),
  peer("ml-matrix", "by hand on its matrices", "node/ml-matrix.mjs"),
  peer("tfjs-cpu", "TensorFlow.js layers in plain JavaScript", "node/tfjs.mjs", "cpu", "fit"),
];
