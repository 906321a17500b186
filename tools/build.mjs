// Builds everything that is published: build/*.wasm from assembly/, then dist/ from src/, cli/ and those.
// Does nothing when nothing has changed since the last build.
import { copyFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { hashOfInputs, isBuilt, markBuilt } from "./inputs.mjs";
import { exclusively } from "./lock.mjs";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const inputs = hashOfInputs();
if (!isBuilt(inputs))
  await exclusively("building.lock", async () => {
    // Another process may have built it meanwhile.
    if (isBuilt(inputs)) return;
    await buildAll();
    markBuilt(inputs);
  });

async function buildAll() {
  const { buildCommandLine } = await import("./command-line.mjs");
  const { buildEntries } = await import("./entries.mjs");
  const { buildKernels, builds, run } = await import("./kernels.mjs");
  const { licences } = await import("./licences.mjs");

  // dist/ is made beside the one that is there and replaces it when it is complete.
  const folder = "dist.new";
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  await buildKernels();
  const tsc = "node_modules/typescript/bin/tsc";
  await run(tsc, "-p", "tsconfig.types.json", "--outDir", `${folder}/types`);
  await run(tsc, "-p", "src/distributed/tsconfig.types.json", "--outDir", `${folder}/types`);
  for (const name of builds) copyFileSync(`build/${name}.wasm`, `${folder}/${name}.wasm`);
  const metafiles = [...(await buildEntries(folder)), ...(await buildCommandLine(folder))];
  writeFileSync(`${folder}/THIRD_PARTY_LICENSES`, licences(metafiles));
  rmSync("dist", { recursive: true, force: true });
  renameSync(folder, "dist");
}
