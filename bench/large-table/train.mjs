// Trains on a table by trainTableParts.
import { createReadStream } from "node:fs";
import { createBackend } from "lanewise";
import { readTableParts, trainTableParts } from "lanewise/table";
import { report } from "./report.mjs";

const begun = performance.now();
const open = () => readTableParts(createReadStream(process.argv[2]));
const { model, report: result } = await trainTableParts(await createBackend(), open, { target: "bought" });
const seconds = (performance.now() - begun) / 1000;
report({
  rows: result.rows,
  seconds,
  score: result.heldOut.accuracy,
  baseline: result.baseline.accuracy,
  weights: await model.weightsDigest(),
});
