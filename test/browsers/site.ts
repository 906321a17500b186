import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { digitsModule } from "../conformance/digits.js";
import { makeProject } from "../support/project.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** Where everything goes that the tests make. */
export const out = join(root, "out", "browsers");

/**
 * The folder that is served: a project of a user's, in which the packed package is installed, with the pages
 * of the tests.
 */
export const site = join(out, "site");

/** The browsers' reports, each from its page without a bundler. */
export const results = join(root, "out", "browsers.json");

/** Runs before all tests. The package must have been built. */
export default async function setup(): Promise<void> {
  rmSync(out, { recursive: true, force: true });
  rmSync(results, { force: true });
  makeProject(site, { type: "module" });

  cpSync(fileURLToPath(new URL("pages", import.meta.url)), site, { recursive: true });
  cpSync(join(root, "test", "conformance", "program.js"), join(site, "conformance", "program.js"));
  cpSync(join(root, "test", "threads", "uses.js"), join(site, "uses.js"));
  writeFileSync(join(site, "digits.js"), digitsModule());
  await build({
    entryPoints: [join(site, "bundled.js")],
    bundle: true,
    format: "esm",
    outfile: join(site, "bundle.js"),
    logLevel: "warning",
  });
}
