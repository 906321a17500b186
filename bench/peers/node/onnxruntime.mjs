// ONNX Runtime: onnxruntime.mjs web|node. Inference only; one thread.
import { createRequire } from "node:module";
import { randomFloats, serve, shapesOf, sizeOf, weightsOf } from "./harness.mjs";
import { matmulModel, netModel } from "./onnx.mjs";

const which = process.argv[2];
const ort =
  which === "web" ? await import("onnxruntime-web") : createRequire(import.meta.url)("onnxruntime-node");
if (which === "web") ort.env.wasm.numThreads = 1;

const sessionOf = (model) =>
  ort.InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 });

function jobOf(session, feeds) {
  const run = async (n) => {
    for (let i = 0; i < n; i++) await session.run(feeds);
  };
  return { run, release: () => session.release() };
}

serve({
  version: ort.env.versions?.common,
  async gemm({ size }) {
    const matrix = (seed) => new ort.Tensor("float32", randomFloats(size * size, seed), [size, size]);
    return jobOf(await sessionOf(matmulModel(size)), { a: matrix(1), b: matrix(2) });
  },
  async infer({ net, rows }) {
    const session = await sessionOf(netModel(net, shapesOf(net), weightsOf(net), rows));
    return jobOf(session, {
      x: new ort.Tensor("float32", randomFloats(rows * net.inputs, 1, 0, 1), [rows, net.inputs]),
    });
  },
  // The model is lanewise's own export.
  async inferConvolutional({ net, rows, reference }) {
    const session = await sessionOf(new Uint8Array(Buffer.from(reference.onnx, "base64")));
    const feeds = (values) => {
      const shape = [values.length / sizeOf(net), ...net.input];
      return { [session.inputNames[0]]: new ort.Tensor("float32", values, shape) };
    };
    const outputs = async () => {
      const results = await session.run(feeds(Float32Array.from(reference.input)));
      return results[session.outputNames[0]].data;
    };
    return { ...jobOf(session, feeds(randomFloats(rows * sizeOf(net), 1, 0, 1))), outputs };
  },
});
