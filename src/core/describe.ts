import { checkName, show } from "./check.js";
import { DisposedError, OutOfMemoryError, ShapeError, ValueError } from "./errors.js";

/**
 * Reading what JSON describes. A place in it is who reads and a path, such as "modelFrom: layers[1].units",
 * and begins the messages of errors.
 */

/** A name and the options that it takes, as JSON has them. */
export interface NamedConfig {
  readonly name: string;
  readonly [option: string]: unknown;
}

/** One of the names of a table of functions, or an object with the name and the options of its function. */
export type NamedSpec<Table> = {
  [Name in keyof Table]:
    | Name
    | ({ readonly name: Name } & (Table[Name] extends (options?: infer Options) => unknown
        ? Options
        : never));
}[keyof Table];

/** The place of a key of the object at a place. */
export const within = (place: string, key: string): string =>
  place + (place.includes(":") ? "." : ": ") + key;

/** @throws ValueError for what is no object of options, or an array */
export function checkDescription(
  place: string,
  json: unknown,
  expected = "an object",
): asserts json is Readonly<Record<string, unknown>> {
  if (json === null || typeof json !== "object" || Array.isArray(json))
    throw new ValueError(`${place} expected ${expected}, got ${show(json)}`);
}

/**
 * What `make` makes of the JSON at a place. Its errors, but those that have their place, get this one, with
 * the key that they name. @throws ValueError, ShapeError, OutOfMemoryError, DisposedError
 */
export function reading<Made>(place: string, json: unknown, make: () => Made): Made {
  try {
    return make();
  } catch (cause) {
    const { message } = cause as Error;
    if (cause instanceof OutOfMemoryError || cause instanceof DisposedError) throw cause;
    if (message.startsWith(place.split(":")[0])) throw cause;
    // The first word is who complains: a layer, an optimizer.
    const words = message.match(/\w+/g)?.slice(1) ?? [];
    const isObject = typeof json === "object" && !Array.isArray(json);
    const key = words.find((word) => isObject && Object.hasOwn(json ?? {}, word));
    const Kind = cause instanceof ShapeError ? ShapeError : ValueError;
    throw new Kind(`${key ? within(place, key) : place}: ${message}`, { cause });
  }
}

/**
 * What a name, or an object with a name and options, stands for. @throws ValueError for a name that the table
 * does not have, and for options that its function does not take
 */
export function namedBy<Made>(
  place: string,
  what: string,
  json: unknown,
  table: Readonly<Record<string, (options?: never) => Made>>,
): Made {
  if (typeof json !== "string") checkDescription(place, json, "a name or an object");
  const { name, ...options } = typeof json === "string" ? { name: json } : json;
  checkName(place, what, name, table);
  return reading(place, json, () => table[name](options as never));
}
