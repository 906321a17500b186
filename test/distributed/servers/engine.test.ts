import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Progress } from "lanewise/distributed";
import { describe, expect, it } from "vitest";
import { RedisServer } from "./redis.js";
import { temporary } from "./start.js";
import { engineOn, expected, run, startWorker } from "./workers.js";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const linesOf = (file: string): readonly string[] =>
  existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];

describe("an engine on Redis", () => {
  it.each([1, 2])("gives with workers of %i threads what one process gives, blobs too", async (count) => {
    const { url: connection } = await RedisServer.start();
    await startWorker({ connection, threads: count });
    const wanted = run("chain", { jobs: 4, rounds: 12 });
    expect(await engineOn(connection).run(wanted)).toEqual(await expected(wanted));
  });

  it("gives the result again to whoever runs the same, without a worker", async () => {
    const { url: connection } = await RedisServer.start();
    const worker = await startWorker({ connection });
    const wanted = run("squares", { jobs: 5 });
    const first = await engineOn(connection).run(wanted);
    await worker.signal("SIGTERM");
    expect(await engineOn(connection).run(wanted)).toEqual(first);
    expect(first.result).toEqual([0, 1, 4, 9, 16]);
  });

  it("computes no job that another run has computed", async () => {
    const { url: connection } = await RedisServer.start();
    await startWorker({ connection });
    const log = join(temporary(), "log");
    const engine = engineOn(connection);
    await engine.run(run("squares", { jobs: 6, log, salt: 1 }));
    const { result } = await engine.run(run("squares", { jobs: 8, log, salt: 2 }));
    expect(result).toEqual([0, 1, 4, 9, 16, 25, 36, 49]);
    expect(linesOf(log)).toHaveLength(8);
  });

  it("leaves nothing on the queue, and of a run only what its result needs", async () => {
    const server = await RedisServer.start();
    await startWorker({ connection: server.url });
    await engineOn(server.url).run(run("chain", { jobs: 3, rounds: 3 }));
    const keys = await server.client().keys("*");
    const entries = keys
      .filter((key) => key.includes("/") && !key.includes(":note/"))
      .map((key) => key.replace(/^.*\}:/, ""));
    expect(entries.sort()).toEqual(["answer", "at", "blob/weights", "run"]);
    expect(keys.filter((key) => /:(wait|active|completed|failed|waiting-children)$/.test(key))).toEqual([]);
  });

  it("refuses a spec that is wrong before anything is queued", async () => {
    const server = await RedisServer.start();
    const wrong = { ...run("chain", { jobs: 1 }), spec: { jobs: -1 } };
    await expect(engineOn(server.url).run(wrong)).rejects.toThrow(
      "chain expected jobs to be above 0, got -1",
    );
    expect(await server.client().dbsize()).toBe(0);
  });

  it("tries a job that fails three times, and then gives the reason to the program", async () => {
    const { url: connection } = await RedisServer.start();
    await startWorker({ connection });
    const log = join(temporary(), "log");
    const wanted = run("failing", { jobs: [null, "bad luck"], log });
    const { result } = await engineOn(connection).run(wanted);
    expect(result).toEqual([{ value: null }, { error: "bad luck" }]);
    expect(linesOf(log).filter((line) => line === "bad luck")).toHaveLength(3);
    expect((await expected(wanted)) as object).toMatchObject({ result });
  });

  it("fails with the program's reason, and tries that again when it is run again", async () => {
    const { url: connection } = await RedisServer.start();
    await startWorker({ connection });
    const wanted = run("failing", { jobs: [null], end: "all of it failed" });
    for (const time of [1, 2])
      await expect(engineOn(connection).run(wanted), `time ${time}`).rejects.toThrow("all of it failed");
  });

  it("tells what is done, what failed, and who works", async () => {
    const { url: connection } = await RedisServer.start();
    await startWorker({ connection });
    const seen: Progress[] = [];
    const wanted = run("squares", { jobs: 40, ms: 60 });
    await engineOn(connection).run(wanted, { onProgress: (progress) => seen.push(progress) });
    expect(seen[0].of).toBe(40);
    expect(seen.every(({ failed, workers }) => failed === 0 && workers === 1)).toBe(true);
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.at(-1)).toEqual({ done: 40, failed: 0, of: 40, workers: 1 });
    expect(seen.map(({ done }) => done)).toEqual(seen.map(({ done }) => done).sort((a, b) => a - b));
  });

  it("ends a wait by its signal, while the run goes on", async () => {
    const { url: connection } = await RedisServer.start();
    const wanted = run("squares", { jobs: 3 });
    const stop = new AbortController();
    const running = engineOn(connection).run(wanted, { signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
    await startWorker({ connection });
    expect((await engineOn(connection).run(wanted)).result).toEqual([0, 1, 4]);
  });
});

describe("blobs of more than 32 MB", () => {
  it("are refused, by name, where there is no folder for them", async () => {
    const { url: connection } = await RedisServer.start();
    await startWorker({ connection });
    await expect(engineOn(connection).run(run("large", { megabytes: 33 }))).rejects.toThrow(
      /expected blob "large" to have at most 32 MB, got 33\.0 MB: .*--store DIR/,
    );
  });

  it("go through a folder that producer and workers share", async () => {
    const server = await RedisServer.start();
    const store = temporary();
    await startWorker({ connection: server.url, store });
    const engine = engineOn(server.url, { store });
    const { result, blobs } = await engine.run(run("large", { megabytes: 33 }));
    expect(result).toEqual([33 * 2 ** 20, 7]);
    expect(blobs.get("large")?.length).toBe(33 * 2 ** 20);
    expect(readdirSync(store)).toHaveLength(1);
    expect(Number(/used_memory:(\d+)/.exec(await server.client().info("memory"))?.[1])).toBeLessThan(20e6);
  });
});

describe("data files", () => {
  it("are found in the worker's folder by their SHA-256, and others are refused", async () => {
    const { url: connection } = await RedisServer.start();
    const data = temporary();
    mkdirSync(join(data, "tables"));
    writeFileSync(join(data, "tables", "some.csv"), "a,b\n1,2\n");
    await startWorker({ connection, data });
    const engine = engineOn(connection);
    const { result } = await engine.run(run("reader", { hash: sha256("a,b\n1,2\n") }));
    expect(result).toEqual({ value: "a,b\n1,2\n" });
    const other = sha256("a,b\n1,3\n");
    expect((await engine.run(run("reader", { hash: other }))).result).toEqual({
      error: expect.stringMatching(
        `no file in .* has the SHA-256 ${other.slice(0, 12)} that the job asks for`,
      ),
    });
    // A file that changes is read again.
    writeFileSync(join(data, "tables", "some.csv"), "a,b\n1,3\n4,5\n");
    const changed = await engine.run(run("reader", { hash: sha256("a,b\n1,3\n4,5\n") }));
    expect(changed.result).toEqual({ value: "a,b\n1,3\n4,5\n" });
  });
});

describe("an audit", () => {
  it("computes its share of the jobs twice, by two workers, and passes what agrees", async () => {
    const { url: connection } = await RedisServer.start();
    const log = join(temporary(), "log");
    await Promise.all([startWorker({ connection }), startWorker({ connection })]);
    const wanted = run("squares", { jobs: 6, log });
    const { result } = await engineOn(connection, { audit: 1 }).run(wanted);
    expect(result).toEqual([0, 1, 4, 9, 16, 25]);
    const byJob = new Map<string, Set<string>>();
    for (const line of linesOf(log)) {
      const [job, worker] = line.split(" ");
      byJob.set(job, (byJob.get(job) ?? new Set()).add(worker));
    }
    expect(byJob.size).toBe(6);
    for (const by of byJob.values()) expect(by.size).toBe(2);
  });

  it("fails the run where outputs differ, and names both workers", async () => {
    const { url: connection } = await RedisServer.start();
    const honest = await startWorker({ connection });
    const liar = await startWorker({ connection }, { LIE: "1" });
    const running = engineOn(connection, { audit: 1 }).run(run("liar", { jobs: 4, kind: "lie" }));
    const error = await running.then(
      () => undefined,
      (reason: Error) => reason.message,
    );
    expect(error).toContain("gave two outputs");
    expect(error).toContain(honest.name);
    expect(error).toContain(liar.name);
  });
});
