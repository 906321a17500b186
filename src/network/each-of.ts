import { show } from "../core/check.js";
import { ValueError } from "../core/errors.js";

/** Whether it is an object of named values, of any realm: no array, no view, no instance of a class. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/**
 * One of a thing for each input or output, in their order: from an array, or from an object by their names,
 * which may lack some if the thing is `optional`. `expected` is the whole of a message up to "an array".
 * @throws ValueError with what is missing or unknown
 */
export function eachOf(
  expected: string,
  names: readonly string[],
  given: unknown,
  optional = false,
): readonly unknown[] {
  if (Array.isArray(given) && given.length === names.length) return given;
  if (isRecord(given)) {
    const keys = Object.keys(given);
    const missing = optional ? [] : names.filter((name) => !keys.includes(name));
    const unknown = keys.filter((key) => !names.includes(key));
    if (missing.length + unknown.length === 0)
      return names.map((name) => (Object.hasOwn(given, name) ? given[name] : undefined));
    throw new ValueError(
      `${expected} an object with ${names.join(", ")}, got one ${[
        missing.length > 0 ? `without ${missing.join(", ")}` : "",
        unknown.length > 0 ? `with ${unknown.map(show).join(", ")}` : "",
      ]
        .filter(Boolean)
        .join(" and ")}`,
    );
  }
  throw new ValueError(
    `${expected} an array of ${names.length} or an object with ${names.join(", ")}, got ${show(given)}`,
  );
}
