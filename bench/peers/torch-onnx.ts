import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { SequenceNet } from "../sequence-nets.js";

/**
 * A network of tokens as PyTorch exports it, with the weights of a model file of lanewise. Both are in
 * base64. Empty where PyTorch cannot be started: then the peers that read it have nothing to run.
 */
export function onnxOfTorch(net: SequenceNet, model: string): string {
  const file = fileURLToPath(new URL("python/export_onnx.py", import.meta.url));
  const { stdout, status } = spawnSync("/usr/bin/python3", [file], {
    input: JSON.stringify({ net, reference: { model } }),
    encoding: "utf8",
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
    maxBuffer: 2 ** 28,
  });
  return status === 0 ? stdout : "";
}
