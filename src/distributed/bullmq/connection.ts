import { ValueError } from "../../core/errors.js";

/** Where the queue is: a URL, or the options of ioredis. */
export type Connection = string | RedisConnection;

/** Options of ioredis: host, port, username, password, tls and the others. */
export interface RedisConnection {
  readonly host?: string;
  readonly port?: number;
  readonly username?: string;
  readonly password?: string;
  /** The options of `tls.connect`. */
  readonly tls?: object;
  readonly [option: string]: unknown;
}

/** A connection that is checked. */
export interface Address {
  readonly kind: "Redis" | "PostgreSQL";
  readonly url?: string;
  readonly options?: RedisConnection;
  /** Host and port, for messages: no name, no password. */
  readonly where: string;
}

const kinds: Readonly<Record<string, Address["kind"]>> = {
  "redis:": "Redis",
  "rediss:": "Redis",
  "postgres:": "PostgreSQL",
  "postgresql:": "PostgreSQL",
};

/**
 * Reads a connection. One that would send a password and data in plain text beyond this machine is refused.
 *
 * @throws ValueError
 */
export function addressOf(who: string, connection: Connection, insecure = false): Address {
  if (typeof connection !== "string") {
    const { host = "127.0.0.1", port = 6379, tls } = connection;
    const address: Address = { kind: "Redis", options: connection, where: `${host}:${port}` };
    return checkSecrecy(who, address, host, tls !== undefined || insecure);
  }
  const url = URL.canParse(connection) ? new URL(connection) : undefined;
  const kind = kinds[url?.protocol ?? ""];
  if (url === undefined || kind === undefined)
    throw new ValueError(
      `${who} expected connection to be a URL that begins with redis://, rediss:// or postgres://, got ` +
        `${url === undefined ? "something else" : `one that begins with ${url.protocol}//`}`,
    );
  const host = url.hostname.replace(/^\[|\]$/g, "") || "127.0.0.1";
  const port = url.port || (kind === "Redis" ? "6379" : "5432");
  const encrypts =
    kind === "Redis"
      ? url.protocol === "rediss:"
      : ["require", "verify-ca", "verify-full"].includes(url.searchParams.get("sslmode") ?? "");
  return checkSecrecy(who, { kind, url: connection, where: `${host}:${port}` }, host, encrypts || insecure);
}

function checkSecrecy(who: string, address: Address, host: string, allowed: boolean): Address {
  if (allowed || host === "localhost" || host === "::1" || /^127\./.test(host)) return address;
  const instead =
    address.kind === "Redis" ? "a rediss:// URL (or the option tls)" : "sslmode=verify-full in the URL";
  throw new ValueError(
    `${who} expected an encrypted connection to ${address.where}, which is not this machine: take ${instead}; ` +
      "or pass insecure: true if nobody else can read that network",
  );
}

/** @throws ValueError */
export function checkPrefix(who: string, prefix: string | undefined): void {
  if (prefix !== undefined && !/^[\w-]{1,32}$/.test(prefix))
    throw new ValueError(
      `${who} expected prefix to be 1 to 32 letters, digits, - and _, got ${JSON.stringify(prefix)}`,
    );
}
