import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";
import { expect, it } from "vitest";

/**
 * A bundle of two operations and the plan, minified as they are published: once more through esbuild, which
 * drops what only inlined constants made unused.
 */
async function bundle(define: Record<string, string>): Promise<string> {
  const path = (name: string): string =>
    JSON.stringify(fileURLToPath(new URL(`../../src/${name}`, import.meta.url)));
  const { outputFiles } = await build({
    stdin: {
      contents: `export { Graph } from ${path("graph/graph.ts")};
        export { Plan } from ${path("graph/plan.ts")};
        export { matmul } from ${path("ops/matmul.ts")};
        export { activation } from ${path("ops/activation.ts")};`,
      resolveDir: ".",
    },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    define,
  });
  const { code } = await transform(outputFiles[0].text, { minify: true, treeShaking: true, format: "esm" });
  return code;
}

it("a bundle has the operations that it uses, with their backward rules", async () => {
  const code = await bundle({});
  for (const name of ["matmul", "matmulWeightGradient", "sumRows", "activationGradient"])
    expect(code).toContain(`"${name}"`);
  for (const name of ["softmax", "concatenate", "dropoutFactors"]) expect(code).not.toContain(`"${name}"`);
});

it("a bundle that is told not to train has no backward rule, and nothing that only those use", async () => {
  const code = await bundle({ __TRAINING__: "false" });
  expect(code).toContain('"matmul"');
  for (const name of [
    "matmulWeightGradient",
    "matmulInputGradient",
    "sumRows",
    "activationGradient",
    "Backward",
  ])
    expect(code).not.toContain(name);
  expect(code.length).toBeLessThan((await bundle({})).length - 1000);
});
