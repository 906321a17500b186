import { type Backend, loadModel, type Sequential } from "lanewise";
import { naming, readFile } from "./read-file.js";
import type { Target } from "./target.js";

/** A model with what `train` remembers in its file beside the weights. */
export interface TrainedModel {
  readonly model: Sequential;
  readonly target: string;
  /** The input columns, in order. */
  readonly features: readonly string[];
  readonly kind: Target;
}

/** Reads any model of lanewise. Throws an Error that names the file. */
export async function readModel(
  backend: Backend,
  path: string,
): Promise<{ model: Sequential; bytes: number }> {
  const bytes = readFile(path);
  return { model: await naming(path, () => loadModel(backend, bytes)), bytes: bytes.length };
}

/** Reads a model that `train` wrote. Throws an Error that names the file. */
export async function readTrainedModel(backend: Backend, path: string): Promise<TrainedModel> {
  const { model } = await readModel(backend, path);
  const { task, target, features } = model.metadata;
  const { labels } = model;
  const names = namesFrom(features);
  const kind: Target | undefined =
    task === "regression" ? { task } : task === "classification" && labels ? { task, labels } : undefined;
  if (target === undefined || names === undefined || kind === undefined) {
    throw new Error(
      `${path}: expected a model that lanewise train wrote, with its task, target and features, got one without`,
    );
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
