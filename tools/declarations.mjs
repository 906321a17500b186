// Writes what the kernels take as TypeScript, from the declarations that asc makes of assembly/index.ts.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** One function of the declarations: a comment with the wasm type of each parameter, and its name. */
const FUNCTION = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*export function (\w+)\(/g;

/** The kernels in a text of declarations: names, and the names and wasm types of parameters and results. */
export function kernelsIn(declarations) {
  return [...declarations.matchAll(FUNCTION)]
    .map(([, comment, name]) => ({
      name,
      parameters: [...comment.matchAll(/@param (\w+) `(\w+)`/g)].map(([, name, type]) => ({ name, type })),
      result: comment.match(/@returns `(\w+)`/)?.[1] ?? "void",
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Writes the interface of the kernels that stand in a file of declarations. */
export function writeKernels(from, to) {
  const kernels = kernelsIn(readFileSync(from, "utf8"));
  const types = new Set(
    kernels.flatMap(({ parameters, result }) => [...parameters.map(({ type }) => type), result]),
  );
  types.delete("void");
  const lines = [
    "// Written by tools/declarations.mjs in the build: change assembly/ instead.",
    "",
    "// The types of WebAssembly, each a number in JavaScript; usize is an address in bytes.",
    ...[...types].sort().map((type) => `export type ${type} = number;`),
    "",
    "/** What the builds export, as assembly/ documents it. */",
    "export interface Kernels {",
    ...kernels.map(({ name, parameters, result }) => {
      const list = parameters.map(({ name, type }) => `${name}: ${type}`).join(", ");
      return `  ${name}(${list}): ${result};`;
    }),
    "}",
    "",
  ];
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, lines.join("\n"));
}
