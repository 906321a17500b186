import type { ThreadOptions } from "../core/threads.js";

/**
 * The classes of the errors that are thrown here. In the package this module stands for src/core/errors.ts in
 * threads.js, which imports neither lanewise.js nor inference.js: the one that asks for threads passes its
 * own.
 */
type ErrorClasses = ThreadOptions["errors"];

export let BackendError: ErrorClasses["BackendError"];
export let ShapeError: ErrorClasses["ShapeError"];
export let ValueError: ErrorClasses["ValueError"];

/** Has these classes thrown. */
export function throwErrorsOf(classes: ErrorClasses): void {
  ({ BackendError, ShapeError, ValueError } = classes);
}
