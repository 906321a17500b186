import { type Backend, loadModel, type Sequential } from "lanewise";
import { naming, readFile } from "./read-file.js";
import { type AskedRoles, classified, featuresFor } from "./roles.js";
import type { Source } from "./source.js";
import type { Target } from "./target.js";

/** A model with its input columns and its task. */
export interface TrainedModel {
  readonly model: Sequential;
  /** The input columns, in order. */
  readonly features: readonly string[];
  readonly kind: Target;
  /** Columns whose numbers may have leading zeros. */
  readonly numbers: readonly string[];
}

/** Reads any model of lanewise. Throws an Error that names the file. */
export async function readModel(
  backend: Backend,
  path: string,
): Promise<{ model: Sequential; bytes: number; file: Uint8Array }> {
  const file = readFile(path);
  return { model: await naming(path, () => loadModel(backend, file)), bytes: file.length, file };
}

/**
 * Reads a model for a table, whoever trained it: what neither its file nor `asked` says, its layers and the
 * table's columns tell, and `say` takes what was made of them. A model that classifies gives a probability
 * for each class then. Throws an Error that names the file.
 */
export async function readTrainedModel(
  backend: Backend,
  path: string,
  asked: AskedRoles,
  source: Source,
  say: (sentence: string) => void,
): Promise<TrainedModel> {
  const { model: read, file } = await readModel(backend, path);
  const features = featuresFor(path, read, namesFrom(read.metadata.features), asked, source, say);
  const { model, kind } = await classified(backend, path, read, file, asked, say);
  return { model, features, kind, numbers: namesFrom(read.metadata.numbers) ?? [] };
}

function namesFrom(text: string | undefined): string[] | undefined {
  try {
    const names: unknown = JSON.parse(text ?? "");
    return Array.isArray(names) ? names.map(String) : undefined;
  } catch {
    return undefined;
  }
}
