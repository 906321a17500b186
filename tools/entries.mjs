import { build } from "esbuild";
import { byPath } from "./beside-library.mjs";

/** The modules that the package exports, and the source of each. */
const ENTRIES = {
  lanewise: "src/index.ts",
  scalar: "src/builds/scalar.ts",
  relaxed: "src/builds/relaxed.ts",
  inference: "src/inference.ts",
  "inference-scalar": "src/builds/inference-scalar.ts",
  node: "src/node.ts",
  onnx: "src/onnx.ts",
  tfjs: "src/tfjs.ts",
  brain: "src/brain.ts",
};

/**
 * Node prints the line of an uncaught error and the names in its stack: short lines, and names as they are in
 * the source. Bundlers shorten them further for a page.
 */
export const readable = { minifyWhitespace: true, minifySyntax: true, lineLimit: 200 };

/** Bundles each entry of the package into a folder. Returns esbuild's metafiles. */
export function buildEntries(folder) {
  return Promise.all(Object.entries(ENTRIES).map((entry) => bundle(folder, ...entry)));
}

async function bundle(folder, name, source) {
  const { metafile } = await build({
    entryPoints: [source],
    outfile: `${folder}/${name}.js`,
    bundle: true,
    ...readable,
    // The builds are data: their modules hold nothing to step through.
    sourcemap: !source.startsWith("src/builds/"),
    // A package may ask Node's environment for settings: what is published asks for none.
    define: { process: "undefined" },
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2022",
    external: ["node:*"],
    plugins: [byPath],
    banner: { js: "/* lanewise, MIT. */" },
    legalComments: "none",
    metafile: true,
  });
  return metafile;
}
