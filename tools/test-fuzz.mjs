// npm run test:fuzz -- [--count N] [--seed N]: the tests of mutated files, with as many as asked for of each
// kind.
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "100000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
console.log(`${values.count} mutated files of each kind from seed ${values.seed}`);
const { status } = spawnSync(
  process.execPath,
  ["node_modules/vitest/vitest.mjs", "run", "test/formats/fuzz", "test/formats/onnx/fuzz", "test/table/fuzz"],
  {
    stdio: "inherit",
    env: { ...process.env, FUZZ_COUNT: values.count, FUZZ_SEED: values.seed },
  },
);
process.exit(status ?? 1);
