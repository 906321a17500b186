import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, trainedModel } from "./digits.js";
import { folder, python, runProgramsUnder } from "./documented.js";
import { type Judge, largestDifference } from "./judge.js";
import { lanewise } from "./library.js";

const floats = (name: string) => new Float32Array(new Uint8Array(readFileSync(join(folder, name))).buffer);
const write = (name: string, array: ArrayBufferView) =>
  writeFileSync(join(folder, name), new Uint8Array(array.buffer, array.byteOffset, array.byteLength));

/** PyTorch, by the programs of site/reference/file-formats.md. */
export const torch: Judge = {
  name: "PyTorch",
  packages: ["python3-torch"],
  async version() {
    try {
      return python("import torch; print(torch.__version__)").trim();
    } catch {
      return undefined;
    }
  },
  async rows(version) {
    const model = await trainedModel();
    write("digits.safetensors", lanewise.saveModel(model));
    write("pixels.f32", test.pixels);
    write("labels.i32", Int32Array.from(test.labels));
    runProgramsUnder("To PyTorch");
    const printed = runProgramsUnder("From PyTorch");
    const [before, after] = printed.trim().split(" ").map(Number);
    if (!(after < before))
      throw new Error(
        `weights from PyTorch expected to go on learning, got a loss of ${before}, then ${after}`,
      );
    const trip = runProgramsUnder("From the browser to Python to the edge", "site/how-to/pytorch.md").trim();
    const row = { judge: "PyTorch", version, rows: test.labels.length };
    return [
      {
        ...row,
        what: "digits, our state_dict",
        largest: largestDifference(model.predict(test.pixels), floats("torch.f32")),
      },
      {
        ...row,
        what: "the guide's trip and back",
        rows: 4,
        largest: largestDifference(trip.split(" ").map(Number), [0, 1, 1, 0]),
      },
      {
        ...row,
        what: "digits, trained on there, its state_dict",
        largest: largestDifference(floats("from-torch.f32"), floats("torch-trained.f32")),
      },
    ];
  },
};
