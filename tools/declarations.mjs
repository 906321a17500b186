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
  ];
  write(to, lines);
}

/** What a kernel may take to be called from a queue of 32-bit words. */
const WORDS = new Set(["i32", "usize", "f32"]);

/**
 * Writes, from a file of declarations, the calls of all kernels that return nothing: for AssemblyScript a
 * function that calls one by its number, and for TypeScript the numbers and the parameters.
 */
export function writeCalls(from, toAssembly, toSource) {
  const kernels = kernelsIn(readFileSync(from, "utf8")).filter(
    ({ parameters, result }) => result === "void" && parameters.every(({ type }) => WORDS.has(type)),
  );
  const notice = "// Written by tools/declarations.mjs in the build: change assembly/ instead.";
  write(toAssembly, [
    notice,
    ...kernels.flatMap(({ name, parameters }) => [
      "",
      "// @ts-ignore: TypeScript has no decorators of functions.",
      `@external("kernels", "${name}")`,
      `declare function ${name}(${parameters.map(({ name, type }) => `${name}: ${type}`).join(", ")}): void;`,
    ]),
    "",
    "/** Calls the kernel of this number with the words at `at`. */",
    "export function call(kernel: i32, at: usize): void {",
    "  switch (kernel) {",
    ...kernels.map(({ name, parameters }, i) => {
      const words = parameters.map(({ type }, i) => `load<${type}>(at, ${4 * i})`).join(", ");
      return `    case ${i}: return ${name}(${words});`;
    }),
    "  }",
    "}",
  ]);
  write(toSource, [
    notice,
    "",
    "/** A kernel that can be called from a queue: its number, its parameters, and the types of those. */",
    "export interface Call {",
    "  readonly kernel: number;",
    "  readonly parameters: readonly string[];",
    '  readonly types: readonly ("i32" | "usize" | "f32")[];',
    "}",
    "",
    "export const calls = {",
    ...kernels.map(({ name, parameters }, kernel) => {
      const words = JSON.stringify(parameters.map(({ name }) => name));
      const types = JSON.stringify(parameters.map(({ type }) => type));
      return `  ${name}: { kernel: ${kernel}, parameters: ${words}, types: ${types} },`;
    }),
    "} as const satisfies Record<string, Call>;",
  ]);
}

function write(path, lines) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, [...lines, ""].join("\n"));
}
