import { chmodSync, readFileSync } from "node:fs";
import { build } from "esbuild";
import { byName } from "./beside-library.mjs";
import { minified } from "./entries.mjs";

/**
 * Bundles cli/ with its packages into a folder: cli.js, and cli-report.js, which holds what draws pictures
 * and is loaded when a report is asked for. Returns esbuild's metafiles.
 */
export async function buildCommandLine(folder) {
  const metafiles = await Promise.all([
    bundle("cli/main.ts", `${folder}/cli.js`, { start: "#!/usr/bin/env node\n" }),
    // Nearly all of it is ECharts, whose source map would be as large as all others together.
    bundle("cli/report/pages.ts", `${folder}/cli-report.js`, { sourcemap: false }),
  ]);
  chmodSync(`${folder}/cli.js`, 0o755);
  return metafiles;
}

/** For esbuild: what is imported on demand stays a file of its own. */
const onDemand = {
  name: "on-demand",
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/report\/pages\.js$/ }, ({ kind }) =>
      kind === "dynamic-import" ? { path: "./cli-report.js", external: true } : undefined,
    ),
};

async function bundle(source, outfile, { start = "", sourcemap = true }) {
  const { metafile } = await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    ...minified,
    sourcemap,
    format: "esm",
    platform: "node",
    mainFields: ["module", "main"],
    target: "node20",
    plugins: [byName, onDemand],
    define: { VERSION: JSON.stringify(JSON.parse(readFileSync("package.json", "utf8")).version) },
    legalComments: "none",
    banner: {
      // CommonJS packages call require for Node's own modules.
      js: `${start}/* lanewise, MIT. Includes other packages: see THIRD_PARTY_LICENSES. */
import { createRequire } from "node:module"; const require = createRequire(import.meta.url);`,
    },
    metafile: true,
  });
  return metafile;
}
