// Builds everything that is published: build/*.wasm from assembly/, then dist/ from src/ and those.
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { minify } from "terser";
import { byPath } from "./beside-library.mjs";
import { buildCommandLine } from "./command-line.mjs";
import { licences } from "./licences.mjs";
import { pack } from "./pack.mjs";
import { insertPacked, packedFiles } from "./packed-files.mjs";
import { privateNames } from "./private-names.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);

/** The entry of each .wasm file, which is a target of asconfig.json. */
const MODULES = {
  scalar: "assembly/index.ts",
  simd: "assembly/index.ts",
  relaxed: "assembly/index.ts",
  "inference-scalar": "assembly/inference.ts",
  "inference-simd": "assembly/inference.ts",
};
/** What the package exports, the builds that are inside, and what each may weigh, gzipped. */
const ENTRIES = {
  lanewise: { source: "src/index.ts", packed: "full", builds: ["simd", "relaxed", "scalar"], limit: 49_500 },
  inference: {
    source: "src/inference.ts",
    packed: "inference",
    builds: ["inference-simd", "inference-scalar"],
    limit: 16_000,
  },
  node: { source: "src/node.ts", limit: 2_000 },
  onnx: { source: "src/onnx.ts", limit: 40_000 },
  tfjs: { source: "src/tfjs.ts", limit: 8_500 },
  brain: { source: "src/brain.ts", limit: 4_500 },
};

const run = (command, ...args) =>
  new Promise((resolve, reject) => {
    spawn(process.execPath, [command, ...args], { stdio: "inherit" }).on("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}`)),
    );
  });

// dist/ is made beside the one that is there and takes its place when it is whole.
const made = "dist.new";
rmSync(made, { recursive: true, force: true });
mkdirSync(made, { recursive: true });

await Promise.all([
  ...Object.entries(MODULES).map(([target, entry]) =>
    run("node_modules/assemblyscript/bin/asc.js", entry, "--target", target),
  ),
  run(
    "node_modules/typescript/bin/tsc",
    "-p",
    "tsconfig.json",
    "--noEmit",
    "false",
    "--declaration",
    "--emitDeclarationOnly",
    "--outDir",
    `${made}/types`,
  ),
]);
for (const name of Object.keys(MODULES)) copyFileSync(`build/${name}.wasm`, `${made}/${name}.wasm`);
for (const { packed, builds } of Object.values(ENTRIES))
  if (packed)
    writeFileSync(`build/${packed}.packed`, pack(builds.map((name) => readFileSync(`build/${name}.wasm`))));

const metafiles = {};
const mangleProps = privateNames(
  Object.values(ENTRIES).map(({ source }) => source.replace("src", `${made}/types`).replace(".ts", ".d.ts")),
  WebAssembly.Module.exports(new WebAssembly.Module(readFileSync("build/simd.wasm"))).map(({ name }) => name),
);
for (const [name, { source, packed }] of Object.entries(ENTRIES)) {
  const { metafile, outputFiles } = await build({
    entryPoints: [source],
    outfile: `dist/${name}.js`,
    write: false,
    bundle: true,
    minify: true,
    // What imports the library knows what is public of it.
    mangleProps: packed && mangleProps,
    // A package may ask Node's environment for settings: what is published asks for none.
    define: { process: "undefined" },
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2022",
    external: ["node:*"],
    plugins: [packed ? packedFiles : byPath],
    legalComments: "none",
    metafile: true,
  });
  // A kilobyte, gzipped, is left to a second minifier.
  const { code } = await minify(outputFiles[0].text, {
    module: true,
    ecma: 2022,
    compress: { passes: 3, unsafe_arrows: true, hoist_funs: true },
    // Node prints the line of an uncaught error: it should not be the whole bundle.
    format: { max_line_len: 800, preamble: "/* lanewise, MIT. */" },
  });
  writeFileSync(`${made}/${name}.js`, insertPacked(code));
  metafiles[name] = metafile;
}

const commandLine = await buildCommandLine(made);
writeFileSync(`${made}/THIRD_PARTY_LICENSES`, licences([...Object.values(metafiles), commandLine]));

rmSync("dist", { recursive: true, force: true });
renameSync(made, "dist");
report();

/** Prints what the bundles weigh and what each part adds to them. */
function report() {
  const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(9);
  const gzipped = (bytes) => gzipSync(bytes, { level: 9 }).length;
  const line = (part, bytes, packed = "") =>
    console.log(`${part.padEnd(21)} ${kilobytes(bytes)} ${packed && kilobytes(packed)}`);
  console.log("\npart                      bytes   gzipped alone");
  for (const name of Object.keys(MODULES)) {
    const wasm = readFileSync(`build/${name}.wasm`);
    line(`${name}.wasm`, wasm.length, gzipped(wasm));
  }
  for (const [name, { limit, packed }] of Object.entries(ENTRIES)) {
    const text = packed && readFileSync(`build/${packed}.packed`);
    if (text) line(`${packed}.packed`, text.length, gzipped(text));
    const parts = new Map();
    for (const [path, { bytesInOutput }] of Object.entries(
      metafiles[name].outputs[`dist/${name}.js`].inputs,
    )) {
      const part = path.split("/").slice(0, -1).join("/");
      if (!path.endsWith(".packed")) parts.set(part, (parts.get(part) ?? 0) + bytesInOutput);
    }
    for (const [part, bytes] of parts) line(`  ${part}`, bytes);
    const bundle = readFileSync(`dist/${name}.js`);
    line(`dist/${name}.js`, bundle.length, gzipped(bundle));
    if (gzipped(bundle) <= limit) continue;
    console.error(`dist/${name}.js is ${gzipped(bundle)} bytes gzipped, over the limit of ${limit}`);
    process.exitCode = 1;
  }
  const cli = readFileSync("dist/cli.js");
  line("dist/cli.js", cli.length, gzipped(cli));
}
