import { defineConfig } from "vitest/config";
import { moduleText } from "./tools/wasm-text.mjs";

const nodeVersion = Number(process.versions.node.split(".")[0]);

export default defineConfig({
  plugins: [
    {
      name: "wasm-text",
      enforce: "pre",
      load: (id) => (id.endsWith(".wasm") ? moduleText(id) : undefined),
    },
  ],
  test: {
    include: ["test/**/*.test.ts"],
    // Only forked processes take arguments of the engine.
    pool: "forks",
    // Later versions have relaxed SIMD without asking, and do not know the flag.
    execArgv: nodeVersion < 22 ? ["--experimental-wasm-relaxed-simd"] : [],
    testTimeout: 60_000,
  },
});
