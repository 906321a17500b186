import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { build, transform } from "esbuild";
import { byPath, errorsGiven, errorsOfLibrary, rowsApart } from "./beside-library.mjs";
import { hashOf } from "./inputs.mjs";

/** The modules that the package exports, and the source of each. */
const ENTRIES = {
  lanewise: "src/index.ts",
  scalar: "src/builds/scalar.ts",
  relaxed: "src/builds/relaxed.ts",
  threads: "src/builds/threads.ts",
  "threads-worker": "src/threads/worker.ts",
  inference: "src/inference.ts",
  "inference-scalar": "src/builds/inference-scalar.ts",
  node: "src/node.ts",
  onnx: "src/onnx.ts",
  tfjs: "src/tfjs.ts",
  brain: "src/brain.ts",
  table: "src/table.ts",
  text: "src/text.ts",
  distributed: "src/distributed.ts",
  "distributed-worker": "src/distributed/worker.ts",
  "rows-worker": "src/rows/worker.ts",
};

/**
 * Node prints the line of an uncaught error, so lines are short; shorter ones cost gzip kilobytes. Source
 * maps lead to the names of the source.
 */
export const minified = { minify: true, lineLimit: 250 };

/** Bundles each entry of the package into a folder. Returns esbuild's metafiles. */
export function buildEntries(folder) {
  return Promise.all(Object.entries(ENTRIES).map((entry) => bundle(folder, ...entry)));
}

/** The entries that only predict: src/graph/training.ts says what leaves them. */
const PREDICTS = new Set(["inference", "inference-scalar"]);

/** The entries that are used beside the library. */
const BESIDE = new Set([
  "node",
  "onnx",
  "tfjs",
  "brain",
  "table",
  "text",
  "distributed",
  "distributed-worker",
]);

/** The entries that run in Node alone, and take its global objects. */
const IN_NODE = new Set(["distributed", "distributed-worker"]);

/** The entries that have files of rows read by a module of its own. */
const READS_ROWS = new Set(["node", "distributed", "distributed-worker"]);

/** What an entry imports from other files of dist/. The thread that reads files has all that it uses. */
function importsOf(name) {
  if (name === "rows-worker") return [];
  if (name === "threads") return [byPath, errorsGiven];
  const tables = READS_ROWS.has(name) ? [rowsApart] : [];
  return [...tables, byPath, ...(BESIDE.has(name) ? [errorsOfLibrary] : [])];
}

async function bundle(folder, name, source) {
  const predicts = PREDICTS.has(name) ? { __TRAINING__: "false" } : {};
  const outfile = `${folder}/${name}.js`;
  const constants = IN_NODE.has(name)
    ? { __ARITHMETIC__: JSON.stringify(arithmetic()) }
    : // A package may ask Node's environment for settings: what is published asks for none.
      { process: "undefined" };
  const { metafile } = await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    ...minified,
    // The builds are data: their modules hold nothing to step through.
    sourcemap: !source.startsWith("src/builds/"),
    define: { ...constants, ...predicts },
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2022",
    // Optional peers stay imports, and the writer of Parquet asks for fs without the prefix.
    external: ["node:*", ...(IN_NODE.has(name) ? ["bullmq", "ioredis", "pg", "fs"] : [])],
    plugins: importsOf(name),
    banner: { js: "/* lanewise, MIT. */" },
    legalComments: "none",
    metafile: true,
  });
  if (PREDICTS.has(name)) await dropUnused(outfile);
  return metafile;
}

/**
 * The hash of all that decides the bits of results: results of builds that differ in it are not taken for
 * equal.
 */
const arithmetic = () => hashOf(["assembly", "src"]).slice(0, 16);

/**
 * Drops what only a constant made unused. esbuild sees which imports are unused before it drops dead code, so
 * each time it finds more, until the text no longer gets shorter. The source map goes along.
 */
async function dropUnused(file) {
  const map = `${file}.map`;
  const hasMap = existsSync(map);
  let text = readFileSync(file, "utf8").replace(/\/\/# sourceMappingURL=.*\s*$/, "");
  let mappings = hasMap ? readFileSync(map, "utf8") : "";
  for (;;) {
    const inline = Buffer.from(mappings).toString("base64");
    const contents = hasMap ? `${text}\n//# sourceMappingURL=data:application/json;base64,${inline}` : text;
    const result = await transform(contents, {
      ...minified,
      format: "esm",
      platform: "neutral",
      target: "es2022",
      treeShaking: true,
      sourcemap: hasMap ? "external" : false,
      sourcefile: basename(file),
      legalComments: "inline",
    });
    if (result.code.length >= text.length) break;
    text = result.code;
    mappings = result.map;
  }
  writeFileSync(file, text + (hasMap ? `//# sourceMappingURL=${basename(map)}\n` : ""));
  if (hasMap) writeFileSync(map, mappings);
}
