import { ShapeError, ValueError } from "./errors.js";

/** Every check of an argument and the text of its error: who asked, what was expected, what came. */

/** A value as an error message shows it. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return `function ${value.name || "(anonymous)"}`;
  if (value === null || typeof value !== "object") return String(value);
  if (Array.isArray(value)) return `an array of length ${value.length}`;
  if (ArrayBuffer.isView(value))
    return `${value.constructor.name} of length ${(value as unknown as ArrayLike<number>).length}`;
  // Not the name of the constructor alone: bundlers shorten those.
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  return tag === "Object" ? (value.constructor?.name ?? "an object") : tag;
}

export const shapeText = (...sizes: readonly (number | string)[]): string => `[${sizes.join(", ")}]`;

/** An integer of at least `least`. @throws ValueError */
export function checkCount(who: string, what: string, value: unknown, least = 1): asserts value is number {
  if (!Number.isSafeInteger(value) || (value as number) < least) {
    throw new ValueError(`${who} expected ${what} to be an integer of at least ${least}, got ${show(value)}`);
  }
}

/** @throws ValueError for a value that is no safe integer */
export function checkInteger(who: string, what: string, value: unknown): asserts value is number {
  if (!Number.isSafeInteger(value))
    throw new ValueError(`${who} expected ${what} to be an integer, got ${show(value)}`);
}

/** A finite number within [least, most], or above `least` when that is excluded. @throws ValueError */
export function checkNumber(
  who: string,
  what: string,
  value: unknown,
  least: number,
  most = Number.POSITIVE_INFINITY,
  excludeLeast = false,
): asserts value is number {
  // Kernels take float32: a value that is infinite or 0 as float32 counts as that.
  const rounded = typeof value === "number" ? Math.fround(value) : Number.NaN;
  if (Number.isFinite(rounded) && rounded <= most && (excludeLeast ? rounded > least : rounded >= least))
    return;
  const range = [
    least > Number.NEGATIVE_INFINITY ? `${excludeLeast ? "above" : "of at least"} ${least}` : "",
    most < Number.POSITIVE_INFINITY ? `at most ${most}` : "",
  ];
  throw new ValueError(
    `${who} expected ${what} to be ${["a finite number", range.filter(Boolean).join(" and ")].filter(Boolean).join(" ")}, got ${show(value)}`,
  );
}

/** A number above 0. @throws ValueError */
export function checkPositive(who: string, what: string, value: unknown): asserts value is number {
  checkNumber(who, what, value, 0, Number.POSITIVE_INFINITY, true);
}

/** A number in [0, 1). @throws ValueError */
export function checkFraction(who: string, what: string, value: unknown): asserts value is number {
  checkNumber(who, what, value, 0);
  if (value >= 1) throw new ValueError(`${who} expected ${what} to be at least 0 and below 1, got ${value}`);
}

/** One of the names that `table` has as its own keys. @throws ValueError with the list of them */
export function checkName<Name extends string>(
  who: string,
  what: string,
  value: unknown,
  table: Record<Name, unknown>,
): asserts value is Name {
  if (typeof value === "string" && Object.hasOwn(table, value)) return;
  throw new ValueError(`${who}: unknown ${what} ${show(value)}; known are ${Object.keys(table).join(", ")}`);
}

/**
 * An object of options with no key but the known ones: a misspelt option would otherwise be ignored. @throws
 * ValueError
 */
export function checkOptions(who: string, options: unknown, known: readonly string[]): void {
  if (options === undefined) return;
  if (options === null || typeof options !== "object")
    throw new ValueError(`${who} expected an object of options, got ${show(options)}`);
  for (const key in options) {
    if (!known.includes(key))
      throw new ValueError(`${who}: unknown option ${show(key)}; known are ${known.join(", ")}`);
  }
}

/**
 * Numbers, one after another: a typed array of floats or of small integers, or an array that holds nothing
 * else. @throws ValueError with the place of what is no number
 */
export function checkNumbers(
  who: string,
  what: string,
  values: unknown,
  where = "",
): asserts values is ArrayLike<number> {
  if (ArrayBuffer.isView(values) && !/^(DataView|Big)/.test(Object.prototype.toString.call(values).slice(8)))
    return;
  if (!Array.isArray(values))
    throw new ValueError(`${who} expected ${what} to be numbers, got ${show(values)}${where}`);
  for (let i = 0; i < values.length; i++) {
    if (typeof values[i] !== "number")
      throw new ValueError(
        `${who} expected ${what} to be numbers, got ${show(values[i])} at index ${i}${where}`,
      );
  }
}

/** true or false. @throws ValueError */
export function checkTruth(who: string, what: string, value: unknown): asserts value is boolean {
  if (typeof value !== "boolean")
    throw new ValueError(`${who} expected ${what} to be true or false, got ${show(value)}`);
}

/** The name of a layer, or undefined. @throws ValueError */
export function checkLayerName(who: string, name: unknown): asserts name is string | undefined {
  if (name !== undefined && (typeof name !== "string" || name === ""))
    throw new ValueError(`${who} expected name to be a string that is not empty, got ${show(name)}`);
}

/** A model of one's own or of a file. @throws ValueError */
export function checkModel(who: string, model: unknown): void {
  if (model === null || typeof model !== "object" || !("structure" in model))
    throw new ValueError(
      `${who} expected a model, such as one of new Sequential or await loadModel, got ${show(model)}`,
    );
}

/** What has a length and numbers as keys. @throws ValueError */
export function checkList(who: string, what: string, values: unknown): asserts values is ArrayLike<unknown> {
  if (!Array.isArray(values) && !(ArrayBuffer.isView(values) && "length" in values))
    throw new ValueError(`${who} expected ${what} to be an array, got ${show(values)}`);
}

/** true, false or undefined. @throws ValueError */
export function checkFlag(who: string, what: string, value: unknown): void {
  if (value !== undefined) checkTruth(who, what, value);
}

interface Shaped {
  readonly rows: number;
  readonly cols: number;
}

/**
 * A matrix of the shape [rows, cols]; undefined stands for any size, named `any` in the message. @throws
 * ShapeError
 */
export function checkShape(
  who: string,
  what: string,
  matrix: Shaped,
  rows: number | undefined,
  cols: number | undefined,
  any = "rows",
): void {
  if ((rows === undefined || matrix.rows === rows) && (cols === undefined || matrix.cols === cols)) return;
  throw new ShapeError(
    `${who} expected ${what} ${shapeText(rows ?? any, cols ?? any)}, got ${shapeText(matrix.rows, matrix.cols)}`,
  );
}

/** @throws ShapeError when the shapes differ */
export function checkSameShape(who: string, a: Shaped, b: Shaped): void {
  if (a.rows === b.rows && a.cols === b.cols) return;
  throw new ShapeError(
    `${who} expected two matrices of one shape, got ${shapeText(a.rows, a.cols)} and ${shapeText(b.rows, b.cols)}`,
  );
}
