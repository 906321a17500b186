import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";
import { byName } from "./beside-library.mjs";

/** Bundles cli/ with its packages into cli.js in a folder. Returns esbuild's metafile. */
export async function buildCommandLine(folder) {
  const { metafile, outputFiles } = await build({
    entryPoints: ["cli/main.ts"],
    outfile: "dist/cli.js",
    write: false,
    bundle: true,
    minify: true,
    // Node prints the line of an uncaught error: it should not be the whole bundle.
    lineLimit: 200,
    format: "esm",
    platform: "node",
    mainFields: ["module", "main"],
    target: "node20",
    plugins: [byName],
    define: { VERSION: JSON.stringify(JSON.parse(readFileSync("package.json", "utf8")).version) },
    legalComments: "none",
    banner: {
      // CommonJS packages call require for Node's own modules.
      js: `#!/usr/bin/env node
/* lanewise, MIT. Includes other packages: see THIRD_PARTY_LICENSES. */
import { createRequire } from "node:module"; const require = createRequire(import.meta.url);`,
    },
    metafile: true,
  });
  const path = `${folder}/cli.js`;
  writeFileSync(path, outputFiles[0].text);
  chmodSync(path, 0o755);
  return metafile;
}
