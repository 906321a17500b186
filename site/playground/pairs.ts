import { Refusal, shown } from "./data/scene.js";

/** The part of a link behind the #: names with their values. */

export const VERSION = 1;
const LONGEST = 8192;
/** Hexadecimal digits of the hash in a link. */
export const HASH_DIGITS = 16;

/** Leaves `,` `;` `:` as they are, which a link may have behind the #. */
export const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/%(2C|3B|3A)/g, (code) => decodeURIComponent(code));

/** Reads things one by one, and collects why some could not be read. */
export function attempts(problems: string[]) {
  return <Result>(read: () => Result, otherwise: Result): Result => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      problems.push(error.message);
      return otherwise;
    }
  };
}

/** The pairs whose names are known. @throws Refusal for a text that is too long */
export function pairsOf(
  text: string,
  isKnown: (key: string) => boolean,
  problems: string[],
): Map<string, string> {
  if (text.length > LONGEST)
    throw new Refusal(`The link has ${text.length} characters, more than ${LONGEST}.`);
  const pairs = new Map<string, string>();
  for (const pair of text
    .replace(/^#/, "")
    .split("&")
    .filter((part) => part !== "")) {
    const [, key, raw = ""] = /^([^=]*)=?(.*)$/s.exec(pair) ?? [];
    let value = raw;
    try {
      value = decodeURIComponent(raw);
    } catch {
      problems.push(`The value of "${shown(key)}" has a % without two hexadecimal digits after it.`);
      continue;
    }
    if (!["v", "scene", "sha", "run"].includes(key) && !isKnown(key))
      problems.push(`"${shown(key)}" is not part of a recipe.`);
    else if (pairs.has(key)) problems.push(`"${key}" is given twice; the first one counts.`);
    else pairs.set(key, value);
  }
  return pairs;
}

/** Whether a link is of the version that this page reads. */
export function isOfVersion(pairs: ReadonlyMap<string, string>, problems: string[]): boolean {
  if (pairs.get("v") === String(VERSION)) return true;
  problems.push(
    `The link has version "${shown(pairs.get("v") ?? "none")}"; this page reads version ${VERSION}.`,
  );
  return false;
}

/** The hash that a link names, if that is one. */
export function hashIn(pairs: ReadonlyMap<string, string>, problems: string[]): string | undefined {
  const sha = pairs.get("sha");
  if (sha === undefined) return undefined;
  if (/^[0-9a-f]{16}$/.test(sha)) return sha;
  problems.push(`The hash must be ${HASH_DIGITS} hexadecimal digits, not "${shown(sha)}".`);
  return undefined;
}
