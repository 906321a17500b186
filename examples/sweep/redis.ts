import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A redis-server of this program, on a free port of this machine and in a folder that goes with it. */
export class RedisServer {
  private constructor(
    readonly url: string,
    private readonly server: ChildProcess,
    private readonly folder: string,
  ) {}

  /** @returns undefined where redis-server is not installed */
  static async start(): Promise<RedisServer | undefined> {
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), "lanewise-redis-"));
    const options = `--port ${port} --bind 127.0.0.1 --dir ${folder} --appendonly yes`;
    const server = spawn("redis-server", options.split(" "), { stdio: ["ignore", "pipe", "inherit"] });
    const redis = new RedisServer(`redis://127.0.0.1:${port}`, server, folder);
    try {
      await says(server, /Ready to accept connections/);
      return redis;
    } catch {
      await redis[Symbol.asyncDispose]();
      return undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await end(this.server);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Waits until a process says something. @throws Error if it ends, or cannot be started */
export function says(program: ChildProcess, pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = "";
    program.once("error", reject);
    program.once("exit", (code) => reject(new Error(`a process ended with ${code} and said: ${text}`)));
    program.stdout?.on("data", (chunk: Buffer) => {
      text += chunk;
      if (pattern.test(text)) resolve();
    });
  });
}

/** Ends a process at once, as a machine does that fails. */
export function end(program: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (program.pid === undefined || program.exitCode !== null || program.signalCode !== null) resolve();
    else {
      program.once("exit", () => resolve());
      program.kill("SIGKILL");
    }
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
