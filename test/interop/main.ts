import { textTable } from "../../cli/table.js";
import { installJudges } from "./install.js";
import type { Judge, Row } from "./judge.js";
import { onnxChecker } from "./onnx-checker.js";
import { onnxRuntime } from "./onnx-runtime.js";
import { onnxTestdata } from "./onnx-testdata.js";
import { onnxTorch } from "./onnx-torch.js";

/** Holds the files that lanewise writes and reads against the code of others. */

const judges: readonly Judge[] = [onnxRuntime, onnxChecker, onnxTorch, onnxTestdata];

installJudges();
const rows: Row[] = [];
const missing: string[] = [];
for (const judge of judges) {
  const found = await judge();
  if ("missing" in found) missing.push(found.missing);
  else rows.push(...found);
}
console.log(
  textTable(
    rows.map(({ judge, what, found, holds }) => [holds ? "holds" : "FAILS", judge, what, found]),
    () => false,
  ),
);
for (const name of missing) console.log(`missing: ${name}`);
if (rows.some(({ holds }) => !holds)) process.exitCode = 1;
