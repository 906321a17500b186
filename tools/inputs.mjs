import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";

/** What dist/ is built from. */
const INPUTS = [
  "assembly",
  "src",
  "cli",
  "tools",
  "asconfig.json",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
];
const OUTPUTS = ["dist/cli.js", "build/simd.wasm"];
/** Holds the hash of the inputs that dist/ was built from. */
const STAMP = "build/inputs.sha256";

export const hashOfInputs = () => hashOf(INPUTS);

/** The hash of the paths and contents of files, and of those in folders. */
export function hashOf(paths) {
  const hash = createHash("sha256");
  for (const file of paths.flatMap(filesOf)) hash.update(`${file}\0`).update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}

export function isBuilt(hash) {
  return [STAMP, ...OUTPUTS].every(existsSync) && readFileSync(STAMP, "utf8") === hash;
}

export function markBuilt(hash) {
  writeFileSync(STAMP, hash);
}

function filesOf(path) {
  if (statSync(path).isFile()) return [path];
  // What the build itself writes into src/ follows from assembly/.
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => `${parentPath}/${name}`)
    .filter((file) => !file.includes("/generated/"))
    .sort();
}
