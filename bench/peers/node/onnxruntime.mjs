// ONNX Runtime: onnxruntime.mjs web|node. Inference only.
import { createRequire } from "node:module";
import { randomFloats, sequencesOf, serve, shapesOf, sizeOf, threads, weightsOf } from "./harness.mjs";
import { matmulModel, netModel } from "./onnx.mjs";

const which = process.argv[2];
const ort =
  which === "web" ? await import("onnxruntime-web") : createRequire(import.meta.url)("onnxruntime-node");

const sessionOf = (model) =>
  ort.InferenceSession.create(model, { intraOpNumThreads: threads, interOpNumThreads: 1 });

if (which === "web") {
  ort.env.wasm.numThreads = threads;
  // With the first session it finds out whether it can have them, and goes on with one if not.
  await (await sessionOf(matmulModel(1))).release();
  if (ort.env.wasm.numThreads !== threads)
    throw new Error(`onnxruntime-web expected ${threads} threads, got ${ort.env.wasm.numThreads}`);
}

function jobOf(session, feeds) {
  const run = async (n) => {
    for (let i = 0; i < n; i++) await session.run(feeds);
  };
  return { run, release: () => session.release() };
}

async function referenceJob(net, { onnx, input }, values) {
  if (onnx === "") throw new Error("PyTorch, which exports this network, is not there");
  const session = await sessionOf(new Uint8Array(Buffer.from(onnx, "base64")));
  const feeds = (numbers) => {
    const shape = [numbers.length / sizeOf(net), ...net.input];
    const tensor = net.vocabulary
      ? new ort.Tensor("int64", BigInt64Array.from(numbers, BigInt), shape)
      : new ort.Tensor("float32", Float32Array.from(numbers), shape);
    return { [session.inputNames[0]]: tensor };
  };
  const outputs = async () => {
    const results = await session.run(feeds(input));
    return results[session.outputNames[0]].data;
  };
  return { ...jobOf(session, feeds(values)), outputs };
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
  inferConvolutional: ({ net, rows, reference }) =>
    referenceJob(net, reference, randomFloats(rows * sizeOf(net), 1, 0, 1)),
  // Of numbers it is lanewise's own export, of tokens that of PyTorch.
  inferSequence: ({ net, rows, reference }) => referenceJob(net, reference, sequencesOf(net, rows).x),
});
