import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Network } from "./network.js";
import { RedisServer } from "./redis.js";
import { temporary, until } from "./start.js";
import { engineOn, expected, run, startWorker } from "./workers.js";

/** What becomes of a run when its server fails, is full, or cannot be reached. */

const chain = (options: object = {}) => run("chain", { jobs: 4, rounds: 10, ms: 40, ...options });

describe("a Redis", () => {
  it("that is killed and comes back with its append-only file goes on where it was", async () => {
    const server = await RedisServer.start(["--appendonly", "yes", "--appendfsync", "always"]);
    const { url: connection } = server;
    await startWorker({ connection });
    const wanted = chain();
    const running = engineOn(connection).run(wanted);
    await server.reaches(4);
    await server.kill();
    await server.begin();
    await server.reaches(4);
    expect(await running).toEqual(await expected(wanted));
  });

  it("that comes back without its data is given the run again by the producer", async () => {
    const server = await RedisServer.start();
    const { url: connection } = server;
    await startWorker({ connection });
    const wanted = chain();
    const running = engineOn(connection).run(wanted);
    await server.reaches(4);
    await server.kill();
    server.wipe();
    await server.begin();
    expect(await running).toEqual(await expected(wanted));
  });

  it("that is full is the error of the producer, which goes on from there when it is run again", async () => {
    const server = await RedisServer.start(["--maxmemory-policy", "noeviction"]);
    const { url: connection } = server;
    await startWorker({ connection });
    const wanted = chain();
    const engine = engineOn(connection);
    const running = engine.run(wanted);
    await server.reaches(2);
    const redis = server.client();
    await redis.config("SET", "maxmemory", "1");
    await expect(running).rejects.toThrow(/^the Redis at 127\.0\.0\.1:\d+ is full, .* run this again/);
    await redis.config("SET", "maxmemory", "0");
    expect(await engine.run(wanted)).toEqual(await expected(wanted));
  });

  it("whose entries run out computes the run again", async () => {
    const server = await RedisServer.start();
    const { url: connection } = server;
    await startWorker({ connection, keep: 1 });
    const wanted = chain({ rounds: 2 });
    const engine = engineOn(connection, { keep: 1 });
    const first = await engine.run(wanted);
    await until("the entries are gone", async () => (await server.at()) === null);
    expect(await engine.run(wanted)).toEqual(first);
  });

  it("that nobody can reach is an error that says where it should be", async () => {
    const server = await RedisServer.start();
    await server.kill();
    await expect(engineOn(server.url).run(chain())).rejects.toThrow(
      `cannot use the Redis at 127.0.0.1:${server.port}: connect ECONNREFUSED`,
    );
  });

  it("that goes away for longer than the patience of the producer is its error", async () => {
    const server = await RedisServer.start();
    const running = engineOn(server.url, { patience: 1 }).run(chain());
    await server.reaches(0);
    await server.kill();
    await expect(running).rejects.toThrow(/has not answered for 1 s .* run this again to get its result/);
  });

  it("without an append-only file, or that evicts, is what a worker warns of", async () => {
    const server = await RedisServer.start(["--appendonly", "no", "--maxmemory-policy", "allkeys-lru"]);
    const worker = await startWorker({ connection: server.url });
    expect(worker.said).toMatch(/this Redis has no append-only file: .*appendonly yes/);
    expect(worker.said).toMatch(/drops data when its memory is full .*allkeys-lru/);
  });
});

describe("a network that drops everything", () => {
  it("between a worker and Redis costs the others time, and no bit", async () => {
    const server = await RedisServer.start();
    const { url: connection } = server;
    const network = await Network.start(server.port);
    await Promise.all([startWorker({ connection }), startWorker({ connection: network.url })]);
    const log = join(temporary(), "log");
    const wanted = chain({ log });
    const running = engineOn(connection).run(wanted);
    await server.reaches(3);
    network.drop();
    expect((await running).result).toEqual(((await expected(chain())) as { result: string }).result);
  });

  it("between the producer and Redis is over when it heals", async () => {
    const server = await RedisServer.start();
    const network = await Network.start(server.port);
    await startWorker({ connection: server.url });
    const wanted = chain();
    const running = engineOn(network.url).run(wanted);
    await server.reaches(2);
    network.drop();
    await until("the run has ended without it", async () => (await server.at()) === "done");
    network.heal();
    expect(await running).toEqual(await expected(wanted));
  });
});
