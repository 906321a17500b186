import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { predictFile, sweep, threads } from "lanewise/distributed";
import { expect, it, onTestFinished } from "vitest";
import { RedisServer } from "./redis.js";
import { temporary } from "./start.js";
import { engineOn, startWorker } from "./workers.js";

const data = fileURLToPath(new URL("../../../examples/data", import.meta.url));
const iris = join(data, "iris.csv");

it.each(["csv", "parquet"] as const)(
  "predictions in parts on Redis have the bytes of those on a thread, as %s",
  async (format) => {
    const folder = temporary();
    const alone = threads({ threads: 1 });
    onTestFinished(() => alone.close());
    const spec = { data: { file: iris, target: "species" }, fit: { epochs: 2 } };
    const model = (await sweep(spec, { engine: alone })).file as Uint8Array;
    const { url: connection } = await RedisServer.start();
    await startWorker({ connection, data, variant: "scalar" });
    await startWorker({ connection, data, variant: "simd" });
    const write = async (engine: typeof alone, parts: number): Promise<Buffer> => {
      const out = join(folder, `${parts}.${format}`);
      const result = await predictFile(model, iris, { out, passed: ["species"], parts, engine });
      expect(result).toEqual({ rows: 150, parts });
      return readFileSync(out);
    };
    const expected = await write(alone, 1);
    const engine = engineOn(connection);
    expect((await write(engine, 7)).equals(expected)).toBe(true);
    // What is on the server is fetched again.
    expect((await write(engine, 7)).equals(expected)).toBe(true);
  },
);
