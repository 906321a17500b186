import type { QueueOptions } from "lanewise/distributed";
import { UsageError } from "./command.js";
import { text } from "./options.js";

/** The variable of the environment that has the URL, so that no list of processes shows its password. */
const VARIABLE = "LANEWISE_QUEUE";

/** Where the queue is, for all commands that use one. */
export const queueOptions = {
  redis: {
    type: "string",
    valueHint: "URL",
    description: `the Redis that has the queue, such as redis://127.0.0.1:6379 or rediss://... (${VARIABLE})`,
  },
  postgres: {
    type: "string",
    valueHint: "URL",
    description: "the PostgreSQL that has the queue instead, which is experimental: postgres://...",
  },
  insecure: {
    type: "boolean",
    description: "allow a connection to another machine that is not encrypted",
  },
  prefix: {
    type: "string",
    valueHint: "NAME",
    description: "what the names of all keys of the queue begin with (lw)",
  },
  store: {
    type: "string",
    valueHint: "DIR",
    description: "a folder that all machines share, for values of more than 32 MB",
  },
} as const;

/** The values of these options. */
export interface QueueArgs {
  readonly redis?: unknown;
  readonly postgres?: unknown;
  readonly insecure?: unknown;
  readonly prefix?: unknown;
  readonly store?: unknown;
}

/** Which queue was meant; undefined if none was. */
export function queueIfAny(args: QueueArgs): QueueOptions | undefined {
  const redis = text("redis", args.redis);
  const postgres = text("postgres", args.postgres);
  if (redis !== undefined && postgres !== undefined)
    throw new UsageError("expected --redis or --postgres, got both");
  checkScheme("redis", redis, /^rediss?:/);
  checkScheme("postgres", postgres, /^postgres(ql)?:/);
  const connection = redis ?? postgres;
  if (connection === undefined) return undefined;
  const prefix = text("prefix", args.prefix);
  const store = text("store", args.store);
  return {
    connection,
    ...(args.insecure === true && { insecure: true }),
    ...(prefix !== undefined && { prefix }),
    ...(store !== undefined && { store }),
  };
}

/** Which queue was meant. Throws a UsageError if none was. */
export function queueFrom(args: QueueArgs): QueueOptions {
  const queue = queueIfAny(args) ?? queueIfAny({ ...args, ...fromEnvironment() });
  if (queue === undefined) throw new UsageError("expected --redis URL or --postgres URL, got neither");
  return queue;
}

function fromEnvironment(): QueueArgs {
  const url = process.env[VARIABLE];
  if (url === undefined || url === "") return {};
  return /^postgres/.test(url) ? { postgres: url } : { redis: url };
}

function checkScheme(name: string, url: string | undefined, begins: RegExp): void {
  if (url !== undefined && !begins.test(url))
    throw new UsageError(`--${name} expected a URL that begins with ${name}://, got another value`);
}
