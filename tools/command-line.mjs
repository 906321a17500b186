import { chmodSync, readFileSync } from "node:fs";
import { build } from "esbuild";
import { byName } from "./beside-library.mjs";
import { minified } from "./entries.mjs";

/** Bundles cli/ with its packages into cli.js in a folder. Returns esbuild's metafile. */
export async function buildCommandLine(folder) {
  const outfile = `${folder}/cli.js`;
  const { metafile } = await build({
    entryPoints: ["cli/main.ts"],
    outfile,
    bundle: true,
    ...minified,
    sourcemap: true,
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
  chmodSync(outfile, 0o755);
  return metafile;
}
