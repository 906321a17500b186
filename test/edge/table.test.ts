import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBackend, saveModel } from "lanewise";
import { trainTable } from "lanewise/table";
import { expect, it } from "vitest";
import { Random } from "../support/random.js";
import { example, Workerd } from "./workerd.js";

/** A worker that predicts records with lanewise/inference. */
const WORKER = `
import { createBackendSync, loadModel } from "lanewise/inference";
import wasm from "lanewise/inference-simd.wasm";
import file from "./model.safetensors";

const model = await loadModel(createBackendSync({ wasm }), file);
export default {
  async fetch(request) {
    const records = await request.json();
    try {
      return Response.json({ labels: model.predictClasses(records), outputs: [...model.predict(records)] });
    } catch (error) {
      return Response.json({ error: error.message }, { status: 400 });
    }
  },
};`;

const CONFIGURATION = `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "table", worker = .table)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "table")],
);
const table :Workerd.Worker = (
  compatibilityDate = "2026-01-01",
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "model.safetensors", data = embed "model.safetensors"),
    (name = "lanewise/inference", esModule = embed "node_modules/lanewise/dist/inference.js"),
    (name = "lanewise/inference-simd.wasm", wasm = embed "node_modules/lanewise/dist/inference-simd.wasm"),
  ],
);`;

/** Passengers of a ship, drawn with a seed. Some ages are missing; women in first class survive most. */
function passengers(rows: number): string {
  const random = new Random(1);
  const lines = Array.from({ length: rows }, () => {
    const [a, b, c, d, e] = random.floats(5).map(Math.abs);
    const sex = a < 0.5 ? "female" : "male";
    const passengerClass = ["1st", "2nd", "3rd"][Math.floor(b * 3) % 3];
    const age = c < 0.2 ? "" : String(Math.round(70 * d));
    const chance = (sex === "female" ? 0.8 : 0.2) + (passengerClass === "1st" ? 0.15 : 0);
    return [e < chance ? "yes" : "no", sex, age, passengerClass].join(",");
  });
  return ["survived,sex,age,passengerClass", ...lines].join("\n");
}

it("a model of a table predicts records in workerd as in Node, to the bit", async () => {
  const { model } = await trainTable(await createBackend(), passengers(300), { target: "survived" });
  const folder = mkdtempSync(join(tmpdir(), "lanewise-"));
  symlinkSync(join(example, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "worker.js"), WORKER);
  writeFileSync(join(folder, "config.capnp"), CONFIGURATION);
  writeFileSync(join(folder, "model.safetensors"), saveModel(model));
  const worker = await Workerd.serve(join(folder, "config.capnp"));
  try {
    const records = [
      { sex: "female", age: null, passengerClass: "1st" },
      { passengerClass: "3rd", sex: "male", age: 30 },
      { sex: "other", age: 4.5, passengerClass: "crew" },
    ];
    const { status, json } = await worker.post("/", records);
    expect(status).toBe(200);
    expect(json).toEqual({ labels: model.predictClasses(records), outputs: [...model.predict(records)] });
    expect(json.labels.slice(0, 2)).toEqual(["yes", "no"]);

    const wrong = await worker.post("/", [{ sx: "female", age: 3, passengerClass: "1st" }]);
    expect(wrong.status).toBe(400);
    expect(wrong.json.error).toContain('did you mean "sex"?');
  } finally {
    await worker.stop();
    rmSync(folder, { recursive: true });
  }
});
