import { readFileSync } from "node:fs";

export interface Program {
  /** "js", or "js worker" for the program that only an edge runtime runs. */
  readonly kind: string;
  readonly text: string;
}

export const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

/** The programs in the README, in order. */
export function readmePrograms(): Program[] {
  return [...readme.matchAll(/^```(js|js worker|mjs)\n([\s\S]*?)^```/gm)].map(([, kind, text]) => ({
    kind,
    text,
  }));
}
