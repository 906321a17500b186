import { mkdirSync, readFileSync } from "node:fs";
import { adam, createBackend, importOnnx } from "../support/published.js";
import { FOLDER } from "./digits.js";
import { type Judge, largestDifference, pythonVersion, type Row, runPython } from "./judge.js";

const NAME = "PyTorch's exporter";

const floats = (path: string): Float32Array => new Float32Array(new Uint8Array(readFileSync(path)).buffer);

/** Models that PyTorch's ONNX exporter wrote come in, agree with PyTorch and learn on. */
export const onnxTorch: Judge = {
  name: NAME,
  packages: ["python3-torch"],
  version: () => pythonVersion("torch"),
  rows: compare,
};

async function compare(version: string): Promise<Row[]> {
  mkdirSync(FOLDER, { recursive: true });
  const text = runPython("onnx_torch.py", FOLDER);
  // The exporter prints of its own.
  const names = text.split("\n").filter((line) => line.startsWith("torch-"));
  const backend = await createBackend();
  const rows: Row[] = [];
  let largest = 0;
  let count = 0;
  for (const name of names) {
    const model = importOnnx(backend, readFileSync(`${FOLDER}/${name}.onnx`));
    const outputs = model.predict(floats(`${FOLDER}/${name}.in`));
    count += outputs.length / model.outputShape.reduce((product, length) => product * length);
    largest = Math.max(largest, largestDifference(outputs, floats(`${FOLDER}/${name}.out`)));
    model.dispose();
  }
  rows.push({
    judge: NAME,
    version,
    what: `${names.length} models of its exporter, opset 13 with a fixed batch and 17 with any`,
    rows: count,
    largest,
  });

  for (const name of ["mlp", "cnn", "resnet", "mobilenet"]) {
    const model = importOnnx(backend, readFileSync(`${FOLDER}/torch-${name}-dynamic.onnx`));
    const x = floats(`${FOLDER}/torch-${name}-dynamic.in`);
    const size = model.inputShape.reduce((product, length) => product * length);
    const labels = Int32Array.from({ length: x.length / size }, (_, i) =>
      x[size * i] > 0 ? 1 : x[size * i + 1] > 0 ? 2 : 0,
    );
    const { epochs } = await model.fit(x, labels, {
      loss: "softmaxCrossEntropy",
      optimizer: adam({ learningRate: 0.01 }),
      epochs: 20,
      batchSize: 10,
    });
    const [first, last] = [epochs[0].loss, epochs[epochs.length - 1].loss];
    rows.push({
      judge: NAME,
      version,
      what: `the model ${name} trains on in lanewise, 20 epochs`,
      found: `loss ${first.toFixed(3)} -> ${last.toFixed(3)}, to less than half`,
      holds: last < first / 2,
    });
  }
  backend.dispose();
  return rows;
}
