// Makes what the worker needs beside its own files: the model, by training it; workerd; and lanewise, packed
// as it is published.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const cwd = fileURLToPath(new URL("../..", import.meta.url));

/**
 * What a command prints on stdout, if that is asked for. A failure is told by the command itself, and ends
 * this program.
 */
function run(command, stdout = "inherit") {
  const { status, stdout: text } = spawnSync(command, {
    cwd,
    shell: true,
    encoding: "utf8",
    stdio: ["inherit", stdout, "inherit"],
  });
  if (status !== 0) process.exit(1);
  return text;
}

run("npm start -- --save examples/edge/digits.safetensors");
run("npm ci --prefix examples/edge");
const [{ filename }] = JSON.parse(
  run("npm pack --json --ignore-scripts --pack-destination examples/edge", "pipe"),
);
run(`npm install --prefix examples/edge --no-save examples/edge/${filename}`);
