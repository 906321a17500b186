import type { Problem } from "../table/table-error.js";
import type { Tasks } from "./tasks.js";

/** What the thread is told. */
export type Request =
  | { readonly id: number; readonly start: keyof Tasks; readonly task: object }
  /** One more value may be made. */
  | { readonly id: number; readonly more: true }
  | { readonly id: number; readonly stop: true };

/** What the thread answers. */
export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failed: Failure }
  | { readonly id: number; readonly done: true };

/** An error, as it crosses from one thread to another. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly problems: readonly Problem[] | undefined;
}

/** Values that are made before the first one is taken, so that the thread works meanwhile. */
export const AHEAD = 2;

/** What a worker is started with, so that the module does nothing of itself elsewhere. */
export const MARK = "lanewise rows";

/** The error as plain data. */
export function failureOf(error: unknown): Failure {
  const { name, message, problems } = error as Error & { problems?: readonly Problem[] };
  return error instanceof Error
    ? { name, message, problems }
    : { name: "Error", message: String(error), problems: undefined };
}
