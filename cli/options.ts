import { UsageError } from "./command.js";

/**
 * The values of options, checked: each function returns undefined for an option that was not given and throws
 * a UsageError that names one given wrongly.
 */

/** citty gives "" for a value left out and false for --no-..., whatever the type says. */
export function text(name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "string" || value === "") throw new UsageError(`--${name} expected a value, got none`);
  return value;
}

export function wholeNumber(name: string, value: unknown, least: number): number | undefined {
  const given = text(name, value);
  return given === undefined ? undefined : whole(name, given, least);
}

/** Whole numbers by commas. */
export function wholeNumbers(name: string, value: unknown, least: number): number[] | undefined {
  return text(name, value)
    ?.split(",")
    .map((part) => whole(name, part, least));
}

export function positive(name: string, value: unknown): number | undefined {
  return numberThat(name, value, "a number above 0", (number) => number > 0);
}

export function atLeastZero(name: string, value: unknown): number | undefined {
  return numberThat(name, value, "a number of at least 0", (number) => number >= 0);
}

/** A number in [0, 1). */
export function fraction(name: string, value: unknown): number | undefined {
  return numberThat(name, value, "a number of at least 0 and below 1", (number) => number >= 0 && number < 1);
}

export function oneOf<Name extends string>(
  name: string,
  value: unknown,
  known: readonly Name[],
): Name | undefined {
  const given = text(name, value);
  const chosen = known.find((choice) => choice === given);
  if (given !== undefined && chosen === undefined)
    throw new UsageError(`--${name} expected one of ${known.join(", ")}, got ${given}`);
  return chosen;
}

function whole(name: string, given: string, least: number): number {
  const number = /^\d+$/.test(given) ? Number(given) : Number.NaN;
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw new UsageError(`--${name} expected a whole number of at least ${least}, got ${given || "nothing"}`);
}

function numberThat(
  name: string,
  value: unknown,
  expected: string,
  holds: (number: number) => boolean,
): number | undefined {
  const given = text(name, value);
  if (given === undefined) return undefined;
  const number = Number(given);
  if (Number.isFinite(number) && holds(number)) return number;
  throw new UsageError(`--${name} expected ${expected}, got ${given}`);
}
