import { readFileSync } from "node:fs";
import { type Backend, loadModel, type Sequential } from "lanewise";
import type { Target } from "./target.js";

/** A model with what `train` remembers in its file beside the weights. */
export interface TrainedModel {
  readonly model: Sequential;
  readonly target: string;
  /** The input columns, in order. */
  readonly features: readonly string[];
  readonly kind: Target;
}

/** The content of a file. Throws an Error that says why it has none. */
export function readBytes(path: string): Uint8Array<ArrayBuffer> {
  try {
    return readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    throw new Error(code === "ENOENT" ? "no such file" : `cannot be read (${code ?? error})`);
  }
}

/** What comes of a file; an Error then names the file. */
export async function namingFile<Result>(path: string, action: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : error}`);
  }
}

/** Reads any model of lanewise. Throws an Error that names the file. */
export function readModel(backend: Backend, path: string): Promise<{ model: Sequential; bytes: number }> {
  return namingFile(path, async () => {
    const bytes = readBytes(path);
    return { model: await loadModel(backend, bytes), bytes: bytes.length };
  });
}

/** Reads a model that `train` wrote. Throws an Error that names the file. */
export async function readTrainedModel(backend: Backend, path: string): Promise<TrainedModel> {
  const { model } = await readModel(backend, path);
  const { task, target, features } = model.metadata;
  const { labels } = model;
  const names = namesFrom(features);
  const kind: Target | undefined = task === "regression" ? { task } : task === "classification" && labels ? { task, labels } : undefined;
  if (target === undefined || names === undefined || kind === undefined) {
    throw new Error(`${path}: expected a model that lanewise train wrote, with its task, target and features, got one without`);
  }
  return { model, target, features: names, kind };
}

function namesFrom(text: string | undefined): string[] | undefined {
  try {
    const names: unknown = JSON.parse(text ?? "");
    return Array.isArray(names) ? names.map(String) : undefined;
  } catch {
    return undefined;
  }
}
