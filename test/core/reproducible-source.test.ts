import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

/**
 * Engines may differ in the last bits of Math.exp, Math.log, Math.cos ... and of **, and Math.random differs
 * each time: none of them stands in src/, whether it would reach a weight or not. What IEEE 754 or the
 * language rounds for every engine alike may.
 */
const SAME_EVERYWHERE = [
  "abs",
  "ceil",
  "clz32",
  "floor",
  "fround",
  "imul",
  "max",
  "min",
  "round",
  "sign",
  "sqrt",
  "trunc",
  "PI",
  "LN2",
  "SQRT2",
];

/** The uses of Math that are not in that list, and of **, each with its line. */
function unsafeArithmetic(path: string, text: string): string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const report = (node: ts.Node) => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart());
    found.push(`${path}:${line + 1}: ${node.getText()}`);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && node.text === "Math") {
      const { parent } = node;
      // Math under another name, or with a member that is computed, cannot be told: it counts as unsafe.
      if (!ts.isPropertyAccessExpression(parent) || parent.expression !== node) report(parent);
      else if (!SAME_EVERYWHERE.includes(parent.name.text)) report(parent);
    }
    if (
      node.kind === ts.SyntaxKind.AsteriskAsteriskToken ||
      node.kind === ts.SyntaxKind.AsteriskAsteriskEqualsToken
    )
      report(node.parent);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

describe("src/ has no arithmetic that engines round each in its own way", () => {
  const root = fileURLToPath(new URL("../../src", import.meta.url));
  const paths = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith(".ts"),
  );

  it("in any file", () => {
    expect(paths.length).toBeGreaterThan(40);
    expect(
      paths.flatMap((path) => unsafeArithmetic(`src/${path}`, readFileSync(`${root}/${path}`, "utf8"))),
    ).toEqual([]);
  });

  it.each([
    ["Math.exp(x)", "Math.exp"],
    ["Math.log(x)", "Math.log"],
    ["Math.random()", "Math.random"],
    ["globalThis.Math.pow(x, 2)", "globalThis.Math"],
    ['Math["sin"](x)', 'Math["sin"]'],
    ["const { cos } = Math;", "{ cos } = Math"],
    ["const m = Math;", "m = Math"],
    ["x ** 2", "x ** 2"],
    ["x **= 2", "x **= 2"],
  ])("which %s would be", (text, found) => {
    expect(unsafeArithmetic("x.ts", `// Math.tanh is named here alone.\n${text}`)).toEqual([
      `x.ts:2: ${found}`,
    ]);
  });
});
