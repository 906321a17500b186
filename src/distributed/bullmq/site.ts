import type { QueueNames } from "./queue-names.js";
import type { Server } from "./server.js";

/** What the producer and the workers of a queue share. */
export interface Site {
  readonly server: Server;
  readonly queues: QueueNames;
  /** The folder of blobs that are too large for the server. */
  readonly folder: string | undefined;
  /** How long the entries of a run live after they were last written or renewed. */
  readonly seconds: number;
}

/** A week: a run that nobody has fetched by then is gone. */
export const LIVES = 7 * 24 * 3600;
