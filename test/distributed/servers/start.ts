import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";

/** Starts processes for a test, which ends them and removes their folders. */

/** Waits until a condition holds. @throws Error after `seconds` */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  seconds = 60,
): Promise<void> {
  const end = performance.now() + seconds * 1_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited ${seconds} s until ${what}`);
    await sleep(20);
  }
}

/** A folder that goes when the test has finished. */
export function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), "lanewise-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/** A process, and what it has said. */
export class Started {
  private text = "";
  readonly ended: Promise<number | null>;
  private hasEnded = false;

  constructor(
    readonly process: ChildProcess,
    private readonly what: string,
  ) {
    const take = (chunk: Buffer): void => {
      this.text += chunk.toString();
    };
    process.stdout?.on("data", take);
    process.stderr?.on("data", take);
    this.ended = new Promise((resolve) =>
      // By then, all that it has said has come.
      process.once("close", (code) => {
        this.hasEnded = true;
        resolve(code);
      }),
    );
  }

  get said(): string {
    return this.text;
  }

  async says(pattern: RegExp): Promise<RegExpExecArray> {
    const { what } = this;
    await until(`${what} says ${pattern}; it has said:\n${this.text}`, () => {
      if (this.hasEnded && !pattern.test(this.text)) throw new Error(`${what} ended and said:\n${this.text}`);
      return pattern.test(this.text);
    });
    return pattern.exec(this.text) as RegExpExecArray;
  }

  /** Sends a signal, and waits for the end that SIGKILL and SIGTERM bring. */
  async signal(name: "SIGKILL" | "SIGTERM" | "SIGSTOP" | "SIGCONT"): Promise<void> {
    this.process.kill(name);
    if (name === "SIGKILL" || name === "SIGTERM") await this.ended;
  }
}

/** Starts a program; the test ends it. */
export function start(
  what: string,
  command: string,
  words: readonly string[],
  options: { env?: NodeJS.ProcessEnv; uid?: number; gid?: number } = {},
): Started {
  const child = spawn(command, words, {
    stdio: ["ignore", "pipe", "pipe"],
    ...options,
    env: { ...process.env, ...options.env },
  });
  const started = new Started(child, what);
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await started.ended;
  });
  return started;
}
