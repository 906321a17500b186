import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { digitsModule } from "../conformance/digits.js";

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
  mkdirSync(site, { recursive: true });
  const npm = (folder: string, ...words: string[]) =>
    execFileSync("npm", words, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const [{ filename }] = JSON.parse(
    npm(root, "pack", "--json", "--ignore-scripts", "--pack-destination", out),
  );
  writeFileSync(join(site, "package.json"), JSON.stringify({ private: true, type: "module" }));
  npm(site, "install", "--offline", join(out, filename));

  cpSync(fileURLToPath(new URL("pages", import.meta.url)), site, { recursive: true });
  cpSync(join(root, "test", "conformance", "program.js"), join(site, "conformance", "program.js"));
  writeFileSync(join(site, "digits.js"), digitsModule());
  await build({
    entryPoints: [join(site, "bundled.js")],
    bundle: true,
    format: "esm",
    outfile: join(site, "bundle.js"),
    logLevel: "warning",
  });
}
