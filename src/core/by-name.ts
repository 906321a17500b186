import { show } from "./check.js";
import { ValueError } from "./errors.js";

/**
 * @internal The object itself, or the one that the name stands for. Only a few names are known, since
 * whatever is in the table is in every bundle; `example` is a call that makes another object. `short` has
 * aliases, which the message leaves out. @throws ValueError for what is neither
 */
export function resolve<Made>(
  who: string,
  what: string,
  example: string,
  given: unknown,
  kind: abstract new (...parts: never) => Made,
  table: Readonly<Record<string, () => Made>>,
  short: Readonly<Record<string, () => Made>> = {},
): Made {
  if (given instanceof kind) return given;
  for (const names of [table, short])
    if (typeof given === "string" && Object.hasOwn(names, given)) return names[given]();
  throw new ValueError(
    `${who} expected ${what} to be ${Object.keys(table).join(", ")} or made as by ${example}, got ${show(given)}`,
  );
}
