// A user's program, compiled by a test against dist/types with skipLibCheck off. It is not run.
import {
  type ActivationOptions,
  activate,
  activation,
  adam,
  createBackend,
  createBackendSync,
  dense,
  gru,
  type History,
  input,
  type Layer,
  losses,
  lstm,
  type Matrix,
  matmul,
  prelu,
  Sequential,
  type StatefulLayer,
  sgd,
} from "lanewise";
import { exportOnnx, importOnnx } from "lanewise/onnx";

export async function program(
  bytes: Uint8Array<ArrayBuffer>,
  module: WebAssembly.Module,
  response: Promise<Response>,
): Promise<History> {
  using backend = await createBackend({ variant: "auto" });
  await createBackend({ wasm: response });
  await createBackend({ wasm: new URL("https://example.org/simd.wasm") });
  createBackendSync({ wasm: bytes });
  createBackendSync({ wasm: module });
  using a: Matrix = backend.matrix(2, 3, [1, 2, 3, 4, 5, 6]);
  const rows: number[][] = activate("gelu", matmul(a, a, { transposeB: true })).toArray();
  const slope: ActivationOptions = { slope: 0.3 };
  using model = new Sequential(backend, {
    inputShape: [8, 8],
    layers: [
      dense(64, { activation: "relu" }),
      activation("leakyRelu", slope),
      prelu({ sharedAxes: "all", alphaInitializer: 0.1, alphaRegularizer: { l2: 1e-4 } }),
      prelu({ sharedAxes: [1], alphaInitializer: "zeros", name: "slopes" }),
      dense(10),
    ],
  });
  activate("elu", a, { alpha: 0.5, out: a });
  const recurrent = rows.length > 2 ? gru : lstm;
  const layer: Layer = recurrent(8, { returnSequences: true, recurrentActivation: "hardSigmoid" });
  const stateful: StatefulLayer = recurrent(8, { returnState: true });
  stateful.apply(layer.apply(input([4, 3])));
  const history = await model.fit(new Uint8Array(64), [rows.length], {
    loss: losses.softmaxCrossEntropy(),
    optimizer: sgd({ momentum: 0.9, velocity: "scaled" }),
    metrics: ["accuracy"],
  });
  await model.fit([[1, 2]], new Int32Array(1), {
    loss: "softmaxCrossEntropy",
    optimizer: adam(),
    validationData: [a, [1, 2]],
    onBatchEnd: ({ loss }) => console.log(loss),
  });
  const accuracy: number | undefined = model.evaluate(a, a, {
    loss: "huber",
    metrics: ["accuracy"],
  }).accuracy;
  const out: Float32Array = model.predict(a, { out: new Float32Array(20) });
  const again: Sequential = importOnnx(backend, exportOnnx(model, { input: "pixels", output: "digits" }));
  again.dispose();
  for (const { name, value, gradient } of model.parameters)
    console.log(name, value.rows, gradient.data[0], accuracy, out[0]);
  return history;
}
