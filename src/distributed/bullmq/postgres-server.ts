import type { Queue } from "bullmq";
import type { Pool } from "pg";
import { BackendError } from "../../core/errors.js";
import type { Address } from "./connection.js";
import { loadBullmq, loadPg } from "./packages.js";
import { postgresStore, tables } from "./postgres-store.js";
import { type Server, within } from "./server.js";

/** The schema that BullMQ takes for a pool that it is given. */
const SCHEMA = "bullmq";
const CONNECTS_WITHIN = 10_000;
const ANSWERS_WITHIN = 15_000;
const ENDS_WITHIN = 2_000;
/** An arbitrary number, the same everywhere: those who make tables wait for each other. */
const TABLES_LOCK = 0x6c616e65;

/** Connects, and makes the tables where they are missing. @throws BackendError */
export async function postgresServer(address: Address, prefix: string): Promise<Server> {
  const [{ createPostgresBackend, FlowProducer, Queue: QueueOf, runMigrations, Worker }, pg] =
    await Promise.all([loadBullmq(), loadPg()]);
  const pool = new pg.default.Pool({
    connectionString: address.url,
    options: `-c search_path=${SCHEMA}`,
    // Each worker keeps a connection that listens.
    max: 8,
    keepAlive: true,
    connectionTimeoutMillis: CONNECTS_WITHIN,
    query_timeout: ANSWERS_WITHIN,
  });
  pool.on("error", () => undefined);
  try {
    await migrate(pool, (client) => runMigrations(client, SCHEMA));
  } catch (error) {
    await within(ENDS_WITHIN, "closing", pool.end()).catch(() => undefined);
    throw new BackendError(`cannot use the PostgreSQL at ${address.where}: ${(error as Error).message}`, {
      cause: error,
    });
  }

  const ignoring = <Emitter extends { on(event: "error", listener: () => void): unknown }>(
    emitter: Emitter,
  ) => {
    emitter.on("error", () => undefined);
    return emitter;
  };
  // Queues have no prefix there.
  const named = (queue: string): string => `${prefix}.${queue}`;
  const queues = new Map<string, Queue>();
  // BullMQ's types name the pool by what it uses of it.
  const connection = pool as never;
  const flows = ignoring(new FlowProducer({ connection }, createPostgresBackend as never)) as never;
  return {
    kind: "PostgreSQL",
    where: address.where,
    store: postgresStore(pool, prefix),
    flows,
    named,
    queue(name) {
      const queue =
        queues.get(name) ??
        (ignoring(new QueueOf(named(name), { connection }, createPostgresBackend as never)) as never);
      queues.set(name, queue);
      return queue;
    },
    worker: (name, processor, settings) =>
      ignoring(
        new Worker(named(name), processor, { ...settings, connection }, createPostgresBackend as never),
      ) as never,
    warnings: async () => [],
    async close() {
      await within(ENDS_WITHIN, "closing", pool.end()).catch(() => undefined);
    },
  };
}

async function migrate(pool: Pool, queues: (client: never) => Promise<unknown>): Promise<void> {
  const client = await pool.connect();
  try {
    await queues(client as never);
    await client.query("BEGIN");
    await client.query("SELECT pg_advisory_xact_lock($1)", [TABLES_LOCK]);
    await client.query(tables);
    await client.query("COMMIT");
  } finally {
    client.release();
  }
}
