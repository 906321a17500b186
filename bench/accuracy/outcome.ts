import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { environmentOf } from "../peers/environment.js";

/** What a library came to on a task. */
export interface Outcome {
  readonly library: string;
  readonly score: number;
  /** Of the processor, for training. */
  readonly seconds: number;
  /** Of the optimizer. */
  readonly steps: number;
}

/** Runs a program of peers/python on one thread. It prints its outcome as JSON. */
export function runPython(program: string, words: readonly (string | number)[]): Outcome {
  const path = fileURLToPath(new URL(`../peers/python/${program}`, import.meta.url));
  const { stdout, stderr, status } = spawnSync("/usr/bin/python3", [path, ...words.map(String)], {
    encoding: "utf8",
    env: environmentOf(1),
  });
  if (status !== 0)
    throw new Error(
      `PyTorch did not train; install python3-torch and libopenblas0-pthread: ${stderr.trim().split("\n").at(-1)}`,
    );
  return JSON.parse(stdout);
}

/** Seconds that this process has had of the processor, all its threads together. */
export function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
