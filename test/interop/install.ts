import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const packages = ["python3-torch", "python3-onnx", "libonnx-testdata"];

/** Installs the judges: those of npm, and Debian's own where this is Debian and its administrator. What cannot be had, its judge tells. */
export function installJudges(): void {
  run("npm", "ci", "--prefix", "test/interop");
  const there = spawnSync("dpkg", ["--status", ...packages]).status === 0;
  if (there || process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return;
  run("apt-get", "update");
  run("apt-get", "install", "--yes", "--no-install-recommends", ...packages);
}

function run(command: string, ...words: readonly string[]): void {
  const { status } = spawnSync(command, words, { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" }, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) console.error(`${[command, ...words].join(" ")} ended with ${status}`);
}
