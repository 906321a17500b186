import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    alias: [
      {
        find: /^lanewise$/,
        replacement: fileURLToPath(new URL("../../dist/lanewise.js", import.meta.url)),
      },
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
