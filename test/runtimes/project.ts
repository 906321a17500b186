import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { digitsModule } from "../conformance/digits.js";
import { makeProject } from "../support/project.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Makes a project as a user has one: a folder in which the packed package is installed, with the conformance
 * program and what starts it in each host. Returns its path. The package must have been built.
 */
export async function makeConformanceProject(): Promise<string> {
  const folder = join(root, "out/runtimes");
  makeProject(folder, { type: "module" });

  cpSync(join(root, "test/runtimes/hosts"), folder, { recursive: true });
  cpSync(join(root, "test/conformance/program.js"), join(folder, "program.js"));
  writeFileSync(join(folder, "digits.js"), digitsModule());

  // What goes to the edge is bundled, with the .wasm files beside it.
  const bundling = { absWorkingDir: folder, bundle: true, target: "es2022", logLevel: "warning" } as const;
  await build({
    ...bundling,
    entryPoints: ["worker.js"],
    outdir: "worker",
    format: "esm",
    loader: { ".wasm": "copy" },
    assetNames: "[name]",
  });
  await build({ ...bundling, entryPoints: ["edge-function.js"], outdir: "edge", format: "iife" });
  return folder;
}
