// Builds everything that is published: build/*.wasm from assembly/, then dist/ from src/ and those.
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { insertTexts, wasmText } from "./wasm-text.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);

const VARIANTS = ["scalar", "simd", "relaxed"];
/** What the bundle may weigh, gzipped. */
const LIMIT = 34 * 1024;

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
  ...VARIANTS.map((variant) => run("node_modules/assemblyscript/bin/asc.js", "--config", "asconfig.json", "--target", variant)),
  run("node_modules/typescript/bin/tsc", "-p", "tsconfig.json", "--noEmit", "false", "--declaration", "--emitDeclarationOnly", "--outDir", `${made}/types`),
]);
for (const variant of VARIANTS) copyFileSync(`build/${variant}.wasm`, `${made}/${variant}.wasm`);

const { metafile, outputFiles } = await build({
  entryPoints: ["src/index.ts"],
  outfile: "dist/lanewise.js",
  write: false,
  bundle: true,
  minify: true,
  // Node prints the line of an uncaught error: it should not be the whole bundle.
  lineLimit: 200,
  format: "esm",
  platform: "neutral",
  mainFields: ["module", "main"],
  target: "es2022",
  plugins: [wasmText],
  legalComments: "none",
  banner: { js: "/* lanewise, MIT. Includes the AssemblyScript loader, Apache-2.0: see THIRD_PARTY_LICENSES. */" },
  metafile: true,
});

writeFileSync(`${made}/lanewise.js`, insertTexts(outputFiles[0].text));

const loader = JSON.parse(readFileSync("node_modules/@assemblyscript/loader/package.json", "utf8"));
writeFileSync(
  `${made}/THIRD_PARTY_LICENSES`,
  `dist/lanewise.js includes ${loader.name} ${loader.version} (${loader.license}), ${loader.author}\n\n${readFileSync("node_modules/assemblyscript/LICENSE", "utf8")}`,
);

rmSync("dist", { recursive: true, force: true });
renameSync(made, "dist");
report();

/** Prints what the bundle weighs and what each part of it adds. */
function report() {
  const parts = new Map();
  for (const [path, { bytesInOutput }] of Object.entries(metafile.outputs["dist/lanewise.js"].inputs)) {
    const part = path.startsWith("src/") ? path.split("/").slice(0, -1).join("/") : "loader";
    if (!path.endsWith(".wasm")) parts.set(part, (parts.get(part) ?? 0) + bytesInOutput);
  }
  const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`.padStart(9);
  const gzipped = (bytes) => gzipSync(bytes, { level: 9 }).length;
  const line = (part, bytes, packed = "") => console.log(`${part.padEnd(16)} ${kilobytes(bytes)} ${packed && kilobytes(packed)}`);
  const bundle = readFileSync("dist/lanewise.js");
  console.log("\npart                 bytes   gzipped alone");
  for (const variant of VARIANTS) {
    const wasm = readFileSync(`build/${variant}.wasm`);
    line(`${variant}.wasm`, wasm.length, gzipped(wasm));
  }
  for (const [part, bytes] of parts) line(part, bytes);
  line("dist/lanewise.js", bundle.length, gzipped(bundle));
  if (gzipped(bundle) > LIMIT) {
    console.error(`dist/lanewise.js is ${gzipped(bundle)} bytes gzipped, over the limit of ${LIMIT}`);
    process.exit(1);
  }
}
