import { createHash } from "node:crypto";
import { ValueError } from "../core/errors.js";

/** A value that JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * JSON with sorted keys and no spaces: equal values have equal texts.
 *
 * @throws ValueError for a number that is not finite
 */
export function canonical(value: Json): string {
  if (typeof value === "number" && !Number.isFinite(value))
    throw new ValueError(`canonical JSON expected finite numbers, got ${value}`);
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const entries = Object.entries(value as { readonly [key: string]: Json });
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`)
    .join(",")}}`;
}

/** The SHA-256 of a value's canonical JSON, in hexadecimal. */
export const hashOf = (value: Json): string => createHash("sha256").update(canonical(value)).digest("hex");
