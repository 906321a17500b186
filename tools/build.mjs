// Builds everything that is published: build/*.wasm from assembly/, then dist/ from src/ and those.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { wasmText } from "./wasm-text.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);

const VARIANTS = ["scalar", "simd", "relaxed"];
/** What the bundle may weigh, gzipped. */
const LIMIT = 32 * 1024;

const run = (command, ...args) => execFileSync(process.execPath, [command, ...args], { stdio: "inherit" });

rmSync("build", { recursive: true, force: true });
rmSync("dist", { recursive: true, force: true });
mkdirSync("dist", { recursive: true });

for (const variant of VARIANTS) {
  run("node_modules/assemblyscript/bin/asc.js", "--config", "asconfig.json", "--target", variant);
  copyFileSync(`build/${variant}.wasm`, `dist/${variant}.wasm`);
}
run("node_modules/typescript/bin/tsc", "-p", "tsconfig.json", "--noEmit", "false", "--declaration", "--emitDeclarationOnly", "--outDir", "dist/types");

const { metafile } = await build({
  entryPoints: ["src/index.ts"],
  outfile: "dist/lanewise.js",
  bundle: true,
  minify: true,
  format: "esm",
  platform: "neutral",
  mainFields: ["module", "main"],
  target: "es2022",
  charset: "utf8",
  plugins: [wasmText],
  legalComments: "none",
  banner: { js: "/* lanewise, MIT. Includes the AssemblyScript loader, Apache-2.0: see THIRD_PARTY_LICENSES. */" },
  metafile: true,
});

const loader = JSON.parse(readFileSync("node_modules/@assemblyscript/loader/package.json", "utf8"));
writeFileSync(
  "dist/THIRD_PARTY_LICENSES",
  `dist/lanewise.js includes ${loader.name} ${loader.version} (${loader.license}), ${loader.author}\n\n${readFileSync("node_modules/assemblyscript/LICENSE", "utf8")}`,
);

report();

/** Prints what the bundle weighs and what each part of it adds. */
function report() {
  const parts = new Map();
  for (const [path, { bytesInOutput }] of Object.entries(metafile.outputs["dist/lanewise.js"].inputs)) {
    const part = path.startsWith("build/") ? path.slice(6) : path.startsWith("src/") ? path.split("/").slice(0, -1).join("/") : "loader";
    parts.set(part, (parts.get(part) ?? 0) + bytesInOutput);
  }
  const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`.padStart(9);
  const bundle = readFileSync("dist/lanewise.js");
  const gzipped = gzipSync(bundle, { level: 9 }).length;
  console.log("\npart             bytes in the bundle   alone, gzipped");
  for (const [part, bytes] of parts) {
    const alone = part.endsWith(".wasm") ? kilobytes(gzipSync(readFileSync(`build/${part}`), { level: 9 }).length) : "";
    console.log(`${part.padEnd(16)} ${kilobytes(bytes).padStart(19)} ${alone.padStart(16)}`);
  }
  console.log(`dist/lanewise.js ${kilobytes(bundle.length).padStart(19)} ${kilobytes(gzipped).padStart(16)}  (limit ${LIMIT / 1024} KB)`);
  if (gzipped > LIMIT) {
    console.error(`dist/lanewise.js is ${gzipped} bytes gzipped, over the limit of ${LIMIT}`);
    process.exit(1);
  }
}
