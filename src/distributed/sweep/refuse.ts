import { ValueError } from "../../index.js";

/** Throws a ValueError: `who: path expected ..., got ...`. */
export function refuse(who: string, path: string, expected: string, got: unknown): never {
  const text = JSON.stringify(got) ?? String(got);
  throw new ValueError(
    `${who}: ${path} expected ${expected}, got ${text.length > 100 ? `${text.slice(0, 100)}…` : text}`,
  );
}
