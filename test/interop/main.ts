import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { runCommand } from "../../cli/command.js";
import { textTable } from "../../cli/text-table.js";
import { brains } from "./brain.js";
import { makeFolder, runProgramsUnder } from "./documented.js";
import type { Judge, Row } from "./judge.js";
import { onnxChecker } from "./onnx-checker.js";
import { onnxRuntime } from "./onnx-runtime.js";
import { onnxTestdata } from "./onnx-testdata.js";
import { onnxTorch } from "./onnx-torch.js";
import { tensorflow } from "./tfjs.js";
import { torch } from "./torch.js";
import { torchAttention } from "./torch-attention.js";

/** What outputs of float32 may differ by. */
const TOLERANCE = 1e-5;
const judges: readonly Judge[] = [
  torch,
  torchAttention,
  onnxRuntime,
  onnxChecker,
  onnxTorch,
  onnxTestdata,
  tensorflow,
  ...brains,
];

/**
 * Holds the files that go to other programs, and those that come from them, against what these programs
 * compute.
 */
await runCommand({
  name: "npm run test:interop --",
  description:
    "Compares our outputs with those of PyTorch, onnxruntime, TensorFlow.js and brain.js on the same models, and asks ONNX's checker and tests.",
  options: {
    refused: { type: "boolean", description: "prints which models of ONNX's own tests are refused, and why" },
  },
  async run() {
    makeFolder();
    await installMissing();
    const rows: Row[] = [];
    const missing: string[] = [];
    for (const judge of judges) {
      const version = await judge.version();
      if (version === undefined) missing.push(judge.name);
      else rows.push(...(await judge.rows(version)));
    }
    if (!missing.includes(torch.name))
      for (const heading of ["TensorFlow.js and Keras", "brain.js", "ONNX"]) runProgramsUnder(heading);
    const cells = rows.map((row) => [
      row.judge,
      row.version,
      row.what,
      "largest" in row ? `${row.rows} rows, largest difference ${row.largest.toExponential(1)}` : row.found,
    ]);
    console.log(textTable([["judge", "version", "what", "found"], ...cells], () => false));
    console.log(missing.length > 0 ? `\nmissing: ${missing.join(", ")}` : "\nall judges were there");
    const wrong = rows.flatMap((row) => {
      if ("largest" in row)
        return row.largest <= TOLERANCE
          ? []
          : [`${row.judge}, ${row.what}: ${row.largest} is above ${TOLERANCE}`];
      return row.holds ? [] : [`${row.judge}, ${row.what}: ${row.found}`];
    });
    if (wrong.length > 0) throw new Error(wrong.join("\n"));
    if (rows.length === 0) throw new Error("no judge was there");
  },
});

/** Debian's own, where this is Debian and its administrator. Elsewhere the table says what is missing. */
async function installMissing(): Promise<void> {
  const packages: string[] = [];
  for (const judge of judges)
    if (judge.packages && (await judge.version()) === undefined) packages.push(...judge.packages);
  if (packages.length === 0 || !existsSync("/etc/debian_version") || process.getuid?.() !== 0) return;
  console.log(`installing ${packages.join(" ")}`);
  const options = {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    stdio: ["ignore", "ignore", "inherit"] as ("ignore" | "inherit")[],
  };
  try {
    execFileSync("apt-get", ["update"], options);
    execFileSync("apt-get", ["install", "--yes", "--no-install-recommends", ...packages], options);
  } catch (error) {
    // The table says what is missing.
    console.error(`apt-get: ${error instanceof Error ? error.message : error}`);
  }
}
