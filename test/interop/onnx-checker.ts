import { mkdirSync, writeFileSync } from "node:fs";
import { createBackend, exportOnnx, loadModel } from "../support/published.js";
import { digitsFile, FOLDER } from "./digits.js";
import { type Judge, pythonVersion, type Row, runPython } from "./judge.js";
import { everyLayer } from "./onnx-models.js";

const NAME = "onnx.checker";

/** ONNX's own checker accepts the files that lanewise exports. */
export const onnxChecker: Judge = {
  name: NAME,
  packages: ["python3-onnx"],
  version: () => pythonVersion("onnx"),
  rows: check,
};

async function check(version: string): Promise<Row[]> {
  const backend = await createBackend();
  mkdirSync(FOLDER, { recursive: true });
  const models = [{ name: "digits", model: await loadModel(backend, digitsFile()) }, ...everyLayer(backend)];
  const paths = models.map(({ name, model }) => {
    const path = `${FOLDER}/${name}.onnx`;
    writeFileSync(path, exportOnnx(model));
    return path;
  });
  backend.dispose();
  const text = runPython("onnx_check.py", ...paths);
  const found: { path: string; problem: string | null; ir: number; opset: number }[] = JSON.parse(text);
  const refused = found.filter(({ problem, ir, opset }) => problem !== null || ir !== 8 || opset !== 17);
  for (const { path, problem } of refused) console.error(`${path}: ${problem}`);
  return [
    {
      judge: NAME,
      version,
      what: "the trained digits model and every layer and activation, IR 8, opset 17, full check",
      found: `${found.length - refused.length} of ${paths.length} files accepted`,
      holds: refused.length === 0 && found.length === paths.length,
    },
  ];
}
