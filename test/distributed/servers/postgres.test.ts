import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { PostgresServer } from "./postgres.js";
import { until } from "./start.js";
import { engineOn, expected, run, startProducer, startWorker } from "./workers.js";

/** The same on PostgreSQL. */

const chain = (options: object = {}) => run("chain", { jobs: 4, rounds: 10, ms: 40, ...options });

/** Where the run is. */
async function at(server: PostgresServer): Promise<string | undefined> {
  const client = new pg.Client(server.url);
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query("SELECT value FROM lanewise.entries WHERE name = 'at'");
    return rows[0]?.value.toString();
  } catch {
    return undefined;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** How many jobs are on the queue, with the ends of stages. */
async function jobsOf(server: PostgresServer): Promise<number> {
  const client = new pg.Client(server.url);
  try {
    await client.connect();
    const { rows } = await client.query("SELECT count(*)::int AS jobs FROM bullmq.job");
    return rows[0].jobs;
  } catch {
    // Its tables are not made yet.
    return 0;
  } finally {
    await client.end().catch(() => undefined);
  }
}

const reaches = (server: PostgresServer, stage: number): Promise<void> =>
  until(`the run reaches stage ${stage}`, async () => {
    const where = await at(server);
    return where !== undefined && (Number(where) >= stage || where === "done");
  });

describe("an engine on PostgreSQL", () => {
  it("gives what one process gives, knows what it has computed, and leaves nothing else", async () => {
    const server = await PostgresServer.start();
    const { url: connection } = server;
    const worker = await startWorker({ connection, threads: 2 });
    const engine = engineOn(connection);
    expect(engine.name).toMatch(/^PostgreSQL at 127\.0\.0\.1:\d+$/);
    const wanted = chain();
    expect(await engine.run(wanted)).toEqual(await expected(wanted));
    const { result } = await engine.run(run("failing", { jobs: [null, "bad luck"] }));
    expect(result).toEqual([{ value: null }, { error: "bad luck" }]);
    await worker.signal("SIGTERM");
    expect(await engineOn(connection).run(wanted)).toEqual(await expected(wanted));
    expect(await jobsOf(server)).toBe(0);
  });

  it("loses nothing when a worker is killed, and a producer, and a reducer that has answered", async () => {
    const server = await PostgresServer.start();
    const { url: connection } = server;
    const wanted = chain();
    const producer = startProducer(connection, wanted);
    await until("the run is queued", async () => (await jobsOf(server)) > 0);
    await producer.signal("SIGKILL");
    const dying = await startWorker({ connection }, { DIE_AT_FLOW: "before" });
    await dying.ended;
    const second = await startWorker({ connection });
    await startWorker({ connection });
    await reaches(server, 4);
    await second.signal("SIGKILL");
    expect(await engineOn(connection).run(wanted)).toEqual(await expected(wanted));
  });

  it("goes on when PostgreSQL is killed and comes back", async () => {
    const server = await PostgresServer.start();
    const { url: connection } = server;
    await startWorker({ connection });
    const wanted = chain();
    const running = engineOn(connection).run(wanted);
    await reaches(server, 4);
    await server.kill();
    await sleep(300);
    await server.begin();
    expect(await running).toEqual(await expected(wanted));
  });
});
