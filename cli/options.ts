import { numberFrom } from "../src/encoding/number-format.js";
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

export function wholeNumber(name: string, value: unknown, least: number, most?: number): number | undefined {
  const given = text(name, value);
  return given === undefined ? undefined : whole(name, given, least, most);
}

/** Whole numbers separated by commas. */
export function wholeNumbers(name: string, value: unknown, least: number): number[] | undefined {
  return text(name, value)
    ?.split(",")
    .map((part) => whole(name, part, least));
}

/**
 * Names separated by commas, from an option that may be repeated. Quote a name that has a comma: a,"b, c". An
 * empty name is "".
 */
export function names(name: string, words: readonly string[]): string[] {
  return valuesOf(name, words).flatMap(listed);
}

/** Names separated by commas, as above, from the value of an option that is given once. */
export const namesIn = (value: string | undefined): string[] | undefined =>
  value === undefined ? undefined : listed(value);

/** `name=value` pairs, from an option that may be repeated: `--column zip=category`. */
export function pairs(name: string, words: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names(name, words).map((pair) => {
      const at = pair.lastIndexOf("=");
      if (at > 0 && at < pair.length - 1) return [pair.slice(0, at), pair.slice(at + 1)];
      throw new UsageError(`--${name} expected a column and a value such as zip=category, got ${pair}`);
    }),
  );
}

function listed(value: string): string[] {
  const found = [...value.matchAll(/(?:^|,)(?:\s*"((?:[^"]|"")*)"\s*(?=,|$)|([^,]*))/g)];
  return found.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain.trim());
}

/** Every value that the words give an option: the parser of options keeps the last. */
function valuesOf(name: string, words: readonly string[]): string[] {
  const end = words.indexOf("--");
  return words.slice(0, end < 0 ? words.length : end).flatMap((word, i, all) => {
    if (word.startsWith(`--${name}=`)) return [word.slice(name.length + 3)];
    if (word !== `--${name}`) return [];
    const value = all[i + 1];
    if (value === undefined || (value.startsWith("-") && value !== "-"))
      throw new UsageError(`--${name} expected a value, got none`);
    return [value];
  });
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

/** A number in (0, 1]. */
export function shareOf(name: string, value: unknown): number | undefined {
  return numberThat(name, value, "a number above 0 and at most 1", (number) => number > 0 && number <= 1);
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

function whole(name: string, given: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  const number = /^\d+$/.test(given) ? Number(given) : Number.NaN;
  if (number >= least && number <= most) return number;
  const range = most < Number.MAX_SAFE_INTEGER ? `from ${least} to ${most}` : `of at least ${least}`;
  throw new UsageError(`--${name} expected a whole number ${range}, got ${given || "nothing"}`);
}

function numberThat(
  name: string,
  value: unknown,
  expected: string,
  holds: (number: number) => boolean,
): number | undefined {
  const given = text(name, value);
  if (given === undefined) return undefined;
  const number = numberFrom(given);
  if (number !== undefined && holds(number)) return number;
  throw new UsageError(`--${name} expected ${expected}, got ${given}`);
}
