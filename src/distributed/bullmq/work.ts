import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { checkOptions } from "../../core/check.js";
import { ValueError } from "../../core/errors.js";
import { createPool } from "../pool.js";
import { programOf, useModules } from "../registry.js";
import { proveArithmetic } from "../self-test.js";
import { connect } from "./connect.js";
import { addressOf, type Connection, checkPrefix } from "./connection.js";
import { DataFolder } from "./data-folder.js";
import { defaultLimits, type Limits } from "./limits.js";
import { queueNames } from "./queue-names.js";
import { LIVES } from "./site.js";
import { Station } from "./station.js";
import type { QueueTiming } from "./timing.js";
import type { WorkerHandle } from "./worker-handle.js";

/** The options of `work`. */
export interface WorkOptions {
  /** Where the queue is, as for `bullmq`. */
  connection: Connection;
  /** The folder of data files, which jobs name by SHA-256. Default: none. */
  data?: string;
  /** How many jobs are computed at once, each in a thread. Default: as many as the process may use cores. */
  threads?: number;
  /** The build of the kernels: "auto" (default), "simd" or "scalar". All have the same results. */
  variant?: "auto" | "simd" | "scalar";
  /** Paths of modules of your own that export `layers` or `programs`. */
  use?: readonly string[];
  /** A folder that the producer and all workers share, for blobs of more than 32 MB. */
  store?: string;
  /** Allows a connection beyond this machine that is not encrypted. Default: false. */
  insecure?: boolean;
  /** What the names of all keys and queues begin with, as for `bullmq`. Default: "lw". */
  prefix?: string;
  /** What a job may ask for at most. */
  limits?: Partial<Limits>;
  /** How many seconds what a job computed is kept on the server. Default: a week. */
  keep?: number;
  /** How a worker shows that it is alive, in milliseconds. */
  timing?: Partial<QueueTiming>;
  /** Is told what is wrong with how the server is set, and of errors that pass. Default: console.warn. */
  onWarning?: (message: string) => void;
}

/**
 * Takes jobs of this version of lanewise from a queue and computes them in threads, until it is closed. The
 * threads first prove by a small training that they compute the bits that all others do.
 *
 * A worker that dies loses nothing: another one takes its jobs within 15 seconds. Jobs are data of a closed
 * schema; they name no paths and bring no code.
 *
 * @example
 * const worker = await work({ connection: "redis://127.0.0.1:6379", data: ".", threads: 2 });
 * console.log(worker.threads); // 2
 * await worker.close();
 *
 * @throws ValueError for options, and for a connection beyond this machine that is not encrypted
 * @throws BackendError where the server cannot be used, a package is missing, or this machine or build
 * computes other bits
 */
export async function work(options: WorkOptions): Promise<WorkerHandle> {
  checkOptions("work", options, [
    "connection",
    "data",
    "threads",
    "variant",
    "use",
    "store",
    "insecure",
    "prefix",
    "limits",
    "keep",
    "timing",
    "onWarning",
  ]);
  const { prefix = "lw", use = [], keep = LIVES, onWarning = console.warn } = options;
  const address = addressOf("work", options.connection, options.insecure);
  checkPrefix("work", options.prefix);
  const limits = limitsOf(options.limits);
  await useModules(use);
  const data = new DataFolder(options.data);
  const pool = createPool({
    threads: options.threads,
    variant: options.variant,
    use,
    file: (hash) => data.file(hash),
  });
  try {
    await proveArithmetic(pool);
    const server = await connect(address, prefix);
    const station = new Station({
      server,
      queues: queueNames(),
      folder: options.store,
      seconds: Math.ceil(keep),
      pool,
      limits,
      programOf,
      worker: `${hostname()}:${process.pid}:${randomBytes(3).toString("hex")}`,
      timing: options.timing,
      onWarning,
    });
    await station.open();
    return station;
  } catch (error) {
    await pool.close();
    throw error;
  }
}

function limitsOf(limits: Partial<Limits> = {}): Limits {
  checkOptions("work", limits, ["epochs", "units", "bytes"]);
  for (const [name, limit] of Object.entries(limits))
    if (limit !== undefined && !(limit > 0))
      throw new ValueError(`work expected the limit ${name} to be a number above 0, got ${limit}`);
  return { ...defaultLimits, ...limits };
}
