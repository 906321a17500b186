import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const built = (name: string) => fileURLToPath(new URL(`../../dist/${name}.js`, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^lanewise$/, replacement: built("lanewise") },
      { find: /^lanewise\/(table|onnx|tfjs|text)$/, replacement: built("$1") },
    ],
  },
  test: {
    root: import.meta.dirname,
    include: ["*.test.ts", "*.spec.ts"],
    // A browser takes the whole machine.
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
