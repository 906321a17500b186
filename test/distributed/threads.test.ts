import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Engine, type Json, type Progress, type Run, threads } from "lanewise/distributed";
import { afterAll, describe, expect, it } from "vitest";

/** The engine of threads on programs whose results are plain. */

const module = fileURLToPath(new URL("programs.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "lanewise-"));
const engines: Engine[] = [];

afterAll(async () => {
  await Promise.all(engines.map((engine) => engine.close()));
  rmSync(folder, { recursive: true, force: true });
});

function engineOf(count: number, options: Parameters<typeof threads>[0] = {}): Engine {
  const engine = threads({ threads: count, use: [module], ...options });
  engines.push(engine);
  return engine;
}

const run = (program: string, spec: unknown): Run => ({
  id: `${program} ${JSON.stringify(spec)}`,
  program,
  spec: spec as Json,
});

describe("an engine of threads", () => {
  it.each([1, 2, 3])("gives with %i threads the result of the program", async (count) => {
    const engine = engineOf(count);
    expect(engine.name).toBe(count === 1 ? "1 thread" : `${count} threads`);
    expect(await engine.run(run("sum", { n: 100 }))).toEqual({ result: 5050, blobs: new Map() });
  });

  it("carries blobs from stage to stage, and gives those that the result keeps", async () => {
    const { result, blobs } = await engineOf(2).run(run("rounds", { parts: 4, rounds: 10 }));
    expect(result).toEqual([0, 10, 20, 30]);
    expect([...blobs].map(([name, bytes]) => [name, [...bytes]])).toEqual([["bytes", [0, 10, 20, 30]]]);
  });

  it("tells what is done, what failed and what is known so far", async () => {
    const seen: Progress[] = [];
    const spec = { jobs: [{ value: 1 }, { throws: "no" }, { value: 3 }] };
    await engineOf(2).run(run("trouble", spec), { onProgress: (progress) => seen.push(progress) });
    expect(seen[0]).toEqual({ done: 0, failed: 0, of: 3, workers: 2 });
    expect(seen).toHaveLength(4);
    expect(seen[3]).toEqual({ done: 2, failed: 1, of: 3, workers: 2 });
  });

  it("gives the next stage the reason of a job that throws", async () => {
    const { result } = await engineOf(1).run(
      run("trouble", { jobs: [{ throws: "bad luck" }, { value: 2 }] }),
    );
    expect(result).toEqual([{ error: "bad luck" }, { value: 2 }]);
  });

  it("repeats a job whose thread dies, and fails it at the third death", async () => {
    const jobs = [
      { die: join(folder, "twice"), times: 2, value: "alive" },
      { die: join(folder, "ever"), times: 99 },
      { value: "other" },
    ];
    const { result } = await engineOf(2).run(run("trouble", { jobs }));
    expect(result).toEqual([
      { value: "alive" },
      {
        error: expect.stringMatching(
          /^job \w{12}: its thread died at each of 3 attempts: it ended with the code 7$/,
        ),
      },
      { value: "other" },
    ]);
    expect(readFileSync(join(folder, "ever"), "utf8")).toBe("3");
  });

  it("says where a data file is, and which one there is not", async () => {
    const path = join(folder, "data.txt");
    writeFileSync(path, "data");
    const spec = { jobs: [{ file: "abc" }, { file: "def" }] };
    const { result } = await engineOf(1).run(run("trouble", spec), { files: new Map([["abc", path]]) });
    expect(result).toEqual([{ value: "data" }, { error: "no data file has the SHA-256 def" }]);
  });

  it("ends a run at a signal, with the threads that compute it, and goes on with others", async () => {
    const engine = engineOf(2);
    const controller = new AbortController();
    const spec = { jobs: [{ forever: true }, { forever: true }, { forever: true }] };
    const ended = engine.run(run("trouble", spec), { signal: controller.signal });
    const other = engine.run(run("sum", { n: 10 }));
    controller.abort(new Error("enough"));
    await expect(ended).rejects.toThrow("enough");
    expect((await other).result).toBe(55);
    await expect(engine.run(run("sum", { n: 3 }), { signal: controller.signal })).rejects.toThrow("enough");
  });

  it("refuses a spec before anything runs", async () => {
    const seen: Progress[] = [];
    const ended = engineOf(1).run(run("sum", { n: "ten" }), {
      onProgress: (progress) => seen.push(progress),
    });
    await expect(ended).rejects.toThrow("sum expected n to be an integer, got ten");
    expect(seen).toEqual([]);
  });

  it("fails what waits when it is closed", async () => {
    const engine = engineOf(1);
    const ended = engine.run(run("trouble", { jobs: [{ forever: true }, { value: 1 }] }));
    const checked = expect(ended).resolves.toMatchObject({
      result: [{ error: expect.stringMatching(/closed/) }, { error: expect.stringMatching(/closed/) }],
    });
    await engine.close();
    await checked;
  });

  it.each([
    [{ threads: 0 }, /threads expected threads to be an integer of at least 1, got 0/],
    [{ threads: 1.5 }, /got 1.5/],
    [{ cache: "" }, /cache to be the path of a folder, got ""/],
    [{ variant: "relaxed" }, /variant to be auto, simd or scalar, got relaxed/],
    [{ cores: 2 }, /unknown option "cores"; known are threads, cache, variant, use, outputs/],
  ])("refuses the options %o", (options, message) => {
    expect(() => threads(options as never)).toThrow(message);
  });

  it("names a program and a module that are not there", async () => {
    await expect(engineOf(1).run(run("nothing", null))).rejects.toThrow(
      /unknown program "nothing"; known are/,
    );
    const other = engineOf(1, { use: ["/nowhere.mjs"] });
    await expect(other.run(run("sum", { n: 1 }))).rejects.toThrow(/could not load the module \/nowhere.mjs/);
  });
});

describe("outputs that are known", () => {
  const dies = (path: string) => run("trouble", { jobs: [{ die: path, times: 0, value: 5 }] });

  it("are not computed again while the engine lives", async () => {
    const engine = engineOf(1);
    const path = join(folder, "count");
    writeFileSync(path, "0");
    await engine.run(dies(path));
    // Computing it takes the file away.
    expect(existsSync(path)).toBe(false);
    writeFileSync(path, "0");
    expect((await engine.run(dies(path))).result).toEqual([{ value: 5 }]);
    expect(existsSync(path)).toBe(true);
  });

  it("are read from the folder `cache` by another engine, with their blobs", async () => {
    const cache = join(folder, "cache");
    const spec = { parts: 3, rounds: 4 };
    const first = await engineOf(2, { cache }).run(run("rounds", spec));
    const files = readdirSync(cache, { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".job"),
    );
    expect(files).toHaveLength(12);
    const path = join(folder, "count");
    writeFileSync(path, "0");
    await engineOf(1, { cache }).run(dies(path));
    writeFileSync(path, "0");
    const again = engineOf(1, { cache });
    expect(await again.run(run("rounds", spec))).toEqual(first);
    await again.run(dies(path));
    expect(existsSync(path)).toBe(true);
  });

  it("are computed again where a file is damaged", async () => {
    const cache = join(folder, "damaged");
    const spec = { parts: 2, rounds: 1 };
    const first = await engineOf(1, { cache }).run(run("rounds", spec));
    for (const name of readdirSync(cache, { recursive: true, encoding: "utf8" })) {
      if (!name.endsWith(".job")) continue;
      const bytes = readFileSync(join(cache, name));
      bytes[bytes.length - 1] ^= 1;
      writeFileSync(join(cache, name), bytes);
    }
    expect(await engineOf(1, { cache }).run(run("rounds", spec))).toEqual(first);
  });
});

describe("a program", () => {
  const text = `
    import { threads } from "lanewise/distributed";
    const engine = threads({ threads: 2, use: [${JSON.stringify(module)}] });
    const { result } = await engine.run({ id: "1", program: "sum", spec: { n: 5 } });
    console.log(result);`;
  const at = fileURLToPath(new URL("../..", import.meta.url));

  it("ends without closing the engine, whose threads do not keep it", () => {
    const { stdout, status } = spawnSync(process.execPath, ["--input-type=module", "--eval", text], {
      cwd: at,
      encoding: "utf8",
      timeout: 60_000,
    });
    expect([stdout, status]).toEqual(["15\n", 0]);
  });
});
