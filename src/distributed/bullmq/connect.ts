import type { Address } from "./connection.js";
import { postgresServer } from "./postgres-server.js";
import { redisServer } from "./redis-server.js";
import type { Server } from "./server.js";

/** Connects to a server. @throws BackendError where it cannot be used, or a package is missing */
export const connect = (address: Address, prefix: string): Promise<Server> =>
  address.kind === "Redis" ? redisServer(address, prefix) : postgresServer(address, prefix);
