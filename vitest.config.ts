import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";

const nodeVersion = Number(process.versions.node.split(".")[0]);

const source = (name: string) => fileURLToPath(new URL(`src/${name}.ts`, import.meta.url));

export default defineConfig({
  // The site is a package of its own, which asks for this one by its name.
  resolve: {
    alias: [
      // The thread that reads files runs what is built.
      {
        find: /^\.\/worker-file\.js$/,
        replacement: fileURLToPath(new URL("test/support/worker-file.ts", import.meta.url)),
      },
      { find: /^lanewise$/, replacement: source("index") },
      ...["table", "text", "node", "onnx", "tfjs"].map((name) => ({
        find: `lanewise/${name}`,
        replacement: source(name),
      })),
      // Its threads run what the build makes of their script.
      {
        find: "lanewise/distributed",
        replacement: fileURLToPath(new URL("dist/distributed.js", import.meta.url)),
      },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    // They need an edge runtime and servers, and have commands of their own: test:edge and test:distributed.
    exclude: [...configDefaults.exclude, "test/edge/**", "test/distributed/servers/**"],
    // Only forked processes take arguments of the engine.
    pool: "forks",
    // Left to itself, vitest takes one of two cores.
    maxWorkers: "100%",
    // Later versions have relaxed SIMD without asking, and do not know the flag.
    execArgv: nodeVersion < 22 ? ["--experimental-wasm-relaxed-simd"] : [],
    testTimeout: 300_000,
  },
});
