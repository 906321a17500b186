import type { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { BackendError } from "../../core/errors.js";
import type { Address } from "./connection.js";
import { loadBullmq, loadIoredis } from "./packages.js";
import { redisStore } from "./redis-store.js";
import { type Server, within } from "./server.js";

/**
 * A command that has no answer by then is given up; blocked ones wait for at most 10 s. A socket that is
 * silent for longer while an answer is due is taken for dead.
 */
const ANSWERS_WITHIN = 15_000;
const CONNECTS_WITHIN = 10_000;
const STARTS_WITHIN = 2_000;
const ENDS_WITHIN = 2_000;

/** Connects. @throws BackendError */
export async function redisServer(address: Address, prefix: string): Promise<Server> {
  const [{ FlowProducer, Queue: QueueOf, Worker }, { Redis: RedisOf }] = await Promise.all([
    loadBullmq(),
    loadIoredis(),
  ]);
  const options = {
    ...address.options,
    maxRetriesPerRequest: null,
    commandTimeout: ANSWERS_WITHIN,
    socketTimeout: ANSWERS_WITHIN + 5_000,
    connectTimeout: CONNECTS_WITHIN,
    retryStrategy: (times: number) => Math.min(times * 100, 1_000),
  };
  const redis = address.url === undefined ? new RedisOf(options) : new RedisOf(address.url, options);
  await connected(redis, address.where);

  const ignoring = <Emitter extends { on(event: "error", listener: () => void): unknown }>(
    emitter: Emitter,
  ) => {
    // ioredis connects again by itself; those who wait for an answer learn of it from their command.
    emitter.on("error", () => undefined);
    return emitter;
  };
  const queues = new Map<string, Queue>();
  const flows = ignoring(new FlowProducer({ connection: redis, prefix }));
  return {
    kind: "Redis",
    where: address.where,
    store: redisStore(redis, prefix),
    flows,
    named: (queue) => queue,
    queue(name) {
      const queue = queues.get(name) ?? ignoring(new QueueOf(name, { connection: redis, prefix }));
      queues.set(name, queue);
      return queue;
    },
    worker: (name, processor, settings) =>
      ignoring(new Worker(name, processor, { ...settings, connection: redis, prefix })),
    warnings: () => warningsOf(redis),
    async close() {
      const all = [...queues.values(), flows].map((each) => each.close());
      await within(ENDS_WITHIN, "closing", Promise.all(all)).catch(() => undefined);
      redis.disconnect();
    },
  };
}

async function connected(redis: Redis, where: string): Promise<void> {
  let last: Error | undefined;
  let gone: NodeJS.Timeout | undefined;
  const refused = new Promise<never>((_, reject) => {
    redis.on("error", (error: Error) => {
      last = error;
      // A password or certificate that is wrong stays wrong.
      const isWrong = /WRONGPASS|NOAUTH|NOPERM|certificate|self.signed|altnames/i.test(error.message);
      if (isWrong) reject(error);
      // A server that starts is there in a moment.
      else gone ??= setTimeout(() => reject(error), STARTS_WITHIN);
    });
  });
  refused.catch(() => undefined);
  const ready =
    redis.status === "ready" ? Promise.resolve() : new Promise((done) => redis.once("ready", done));
  try {
    await within(CONNECTS_WITHIN, "connecting", Promise.race([ready, refused]));
  } catch (error) {
    redis.disconnect();
    throw new BackendError(
      `cannot use the Redis at ${where}: ${(last ?? (error as Error)).message || "it refused the connection"}`,
      { cause: error },
    );
  } finally {
    clearTimeout(gone);
  }
}

/** INFO is what an account of a worker may read; CONFIG is not. */
async function warningsOf(redis: Redis): Promise<readonly string[]> {
  const warnings: string[] = [];
  let persistence: string;
  try {
    persistence = await redis.info("persistence");
  } catch (error) {
    return [`cannot ask this Redis whether it keeps what is queued (${(error as Error).message})`];
  }
  if (!/aof_enabled:1/.test(persistence))
    warnings.push(
      "this Redis has no append-only file: a restart loses what is queued, and runs begin again when their " +
        "producer comes back (set appendonly yes)",
    );
  const policy = /maxmemory_policy:(\S+)/.exec(await redis.info("memory"))?.[1] ?? "noeviction";
  if (policy !== "noeviction")
    warnings.push(
      `this Redis drops data when its memory is full (maxmemory-policy ${policy}): jobs may vanish (set ` +
        "maxmemory-policy noeviction)",
    );
  return warnings;
}
