import { rmSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { onTestFinished } from "vitest";
import { freePort, type Started, start, temporary, until } from "./start.js";

/** A redis-server of a test, on a free port of this machine and with a folder of its own. */
export class RedisServer {
  readonly url: string;
  private server: Started | undefined;

  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly words: readonly string[],
  ) {
    this.url = `redis://127.0.0.1:${port}`;
  }

  /** words: its options; by default it has an append-only file, and drops nothing. */
  static async start(words: readonly string[] = ["--appendonly", "yes"]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), temporary(), words);
    await server.begin();
    return server;
  }

  /** Starts it, or starts it again on the same folder. */
  async begin(): Promise<void> {
    const words = ["--port", String(this.port), "--bind", "127.0.0.1", "--dir", this.folder, "--save", ""];
    this.server = start("redis-server", "redis-server", [...words, ...this.words]);
    // It says so again each time.
    await this.server.says(/Ready to accept connections/);
  }

  async kill(): Promise<void> {
    await this.server?.signal("SIGKILL");
  }

  /** Removes what it has on disk. */
  wipe(): void {
    for (const name of ["appendonlydir", "dump.rdb"])
      rmSync(join(this.folder, name), { recursive: true, force: true });
  }

  /** A client for the test to look with. */
  client(): Redis {
    const redis = new Redis(this.url, { retryStrategy: () => 50 });
    redis.on("error", () => undefined);
    onTestFinished(() => redis.disconnect());
    return redis;
  }

  /** Where a run is: the number of its stage, or how it ended. */
  async at(): Promise<string | null> {
    const redis = new Redis(this.url);
    try {
      const [key] = await redis.keys("*}:at");
      return key === undefined ? null : await redis.get(key);
    } finally {
      redis.disconnect();
    }
  }

  /** Waits until the flow of a stage is on the queue: its end, which waits for its jobs. */
  async isQueued(): Promise<void> {
    const redis = this.client();
    await until("the run is queued", async () => (await redis.keys("*.next:waiting-children")).length > 0);
  }

  /** Waits until a run has come to a stage. */
  async reaches(stage: number): Promise<void> {
    await until(`the run reaches stage ${stage}`, async () => {
      const at = await this.at();
      return at !== null && (Number(at) >= stage || at === "done");
    });
  }
}
