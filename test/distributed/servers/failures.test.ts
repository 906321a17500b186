import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { RedisServer } from "./redis.js";
import { temporary, until } from "./start.js";
import { engineOn, expected, run, startProducer, startWorker } from "./workers.js";

/** What dies or stops, and what becomes of the run: its result is that of one process, to the bit. */

const chain = (options: object = {}) => run("chain", { jobs: 4, rounds: 10, ms: 40, ...options });

describe("a worker", () => {
  it("that is killed loses nothing: another one computes its jobs", async () => {
    const server = await RedisServer.start();
    const { url: connection } = server;
    const workers = await Promise.all([startWorker({ connection }), startWorker({ connection })]);
    const wanted = chain();
    const running = engineOn(connection).run(wanted);
    await server.reaches(3);
    await workers[0].signal("SIGKILL");
    expect(await running).toEqual(await expected(wanted));
  });

  it("that is killed again and again, at any moment, changes no bit", async () => {
    const server = await RedisServer.start();
    const { url: connection } = server;
    const timing = { lock: 1_000, stalled: 300 };
    const wanted = run("chain", { jobs: 4, rounds: 60, ms: 5 });
    const running = engineOn(connection).run(wanted);
    let first = await startWorker({ connection, timing });
    let second = await startWorker({ connection, timing });
    for (let kill = 1; kill <= 8; kill++) {
      await server.reaches(kill * 6);
      await first.signal("SIGKILL");
      [first, second] = [second, await startWorker({ connection, timing })];
    }
    expect(await running).toEqual(await expected(wanted));
  });

  it("that is stopped for longer than its lock, and goes on, changes nothing", async () => {
    const server = await RedisServer.start();
    const { url: connection } = server;
    const workers = await Promise.all([startWorker({ connection }), startWorker({ connection })]);
    const wanted = chain();
    const running = engineOn(connection).run(wanted);
    await server.reaches(2);
    await workers[0].signal("SIGSTOP");
    // The other one takes what it held once its lock has run out.
    await server.reaches(5);
    await workers[0].signal("SIGCONT");
    expect(await running).toEqual(await expected(wanted));
    await workers[0].signal("SIGTERM");
    expect(workers[0].said).toMatch(/ended/);
  });

  it("whose thread dies at a job repeats it, and gives the reason in the end", async () => {
    const { url: connection } = await RedisServer.start();
    await startWorker({ connection });
    const { result } = await engineOn(connection).run(run("failing", { jobs: [null, "exit"] }));
    expect(result).toEqual([
      { value: null },
      { error: expect.stringMatching(/its thread died at each of 3 attempts: .* code 3/) },
    ]);
  });

  it("that is told to end finishes its job", async () => {
    const { url: connection } = await RedisServer.start();
    const log = join(temporary(), "log");
    const wanted = run("squares", { jobs: 2, ms: 600, log });
    const running = engineOn(connection).run(wanted);
    const first = await startWorker({ connection });
    await until("it computes", () => begun(log) === 1);
    await first.signal("SIGTERM");
    expect(first.said).toContain('ended {"done":1,"failed":0}');
    await startWorker({ connection });
    expect((await running).result).toEqual([0, 1]);
    expect(begun(log)).toBe(2);
  });

  it("that is told to end gives back a job that takes too long, which is no failure", async () => {
    const { url: connection } = await RedisServer.start();
    const log = join(temporary(), "log");
    const wanted = run("squares", { jobs: 1, ms: 4_000, log });
    const running = engineOn(connection).run(wanted);
    const first = await startWorker(
      { connection, timing: { lock: 60_000, stalled: 60_000 } },
      { GRACE: "0.2" },
    );
    await until("it computes", () => begun(log) === 1);
    await first.signal("SIGTERM");
    await startWorker({ connection });
    expect((await running).result).toEqual([0]);
    expect(begun(log)).toBe(2);
  });

  it.each(["before", "after"])(
    "that ends a stage and dies %s it has added the next leaves the rest to another, without the producer",
    async (when) => {
      const server = await RedisServer.start();
      const { url: connection } = server;
      const wanted = chain();
      const producer = startProducer(connection, wanted);
      await server.isQueued();
      await producer.signal("SIGKILL");
      const dying = await startWorker({ connection }, { DIE_AT_FLOW: when });
      await dying.ended;
      expect(await server.at()).toBe("1");
      await startWorker({ connection });
      await until("the run has ended", async () => (await server.at()) === "done");
      expect(await engineOn(connection).run(wanted)).toEqual(await expected(wanted));
    },
  );
});

describe("a producer", () => {
  it("that is killed right after adding finds the result when it comes back", async () => {
    const server = await RedisServer.start();
    const { url: connection } = server;
    const wanted = chain();
    const producer = startProducer(connection, wanted);
    await server.isQueued();
    await producer.signal("SIGKILL");
    await startWorker({ connection });
    await until("the run has ended without it", async () => (await server.at()) === "done");
    expect(await engineOn(connection).run(wanted)).toEqual(await expected(wanted));
  });

  it("that comes back while the run goes on goes on, too", async () => {
    const server = await RedisServer.start();
    const { url: connection } = server;
    const log = join(temporary(), "log");
    const wanted = chain({ log });
    const producer = startProducer(connection, wanted);
    await startWorker({ connection });
    await server.reaches(3);
    await producer.signal("SIGKILL");
    const second = startProducer(connection, wanted);
    const { result } = (await expected(chain())) as { result: string };
    await second.says(new RegExp(`result "${result}"`));
    expect(begun(log)).toBe(40);
  });

  it("of a run that another producer follows has the same result", async () => {
    const { url: connection } = await RedisServer.start();
    const wanted = chain();
    await startWorker({ connection });
    const both = [engineOn(connection), engineOn(connection)].map((engine) => engine.run(wanted));
    const [first, second] = await Promise.all(both);
    expect(first).toEqual(second);
  });
});

/** How many jobs have begun. */
function begun(log: string): number {
  try {
    return readFileSync(log, "utf8").trim().split("\n").length;
  } catch {
    return 0;
  }
}
