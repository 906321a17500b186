import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

/** Where the example is, with what its install.mjs has put there. */
export const example = fileURLToPath(new URL("../../examples/edge/", import.meta.url));

/** The runtime itself: the command of the package may be a process around it. */
const program: string = createRequire(`${example}package.json`)("workerd").default;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON the worker answers with.
  readonly json: any;
}

/** A workerd that serves what a configuration says, on a port that is free. */
export class Workerd {
  private constructor(
    private readonly child: ChildProcess,
    readonly address: string,
  ) {}

  static async serve(configuration = `${example}config.capnp`): Promise<Workerd> {
    const child = spawn(
      program,
      ["serve", configuration, "--socket-addr=http=127.0.0.1:0", "--control-fd=3"],
      {
        stdio: ["ignore", "inherit", "inherit", "pipe"],
      },
    );
    const control = child.stdio[3] as Readable;
    const [message] = await Promise.race([
      once(control, "data"),
      once(child, "exit").then(([code]) => Promise.reject(new Error(`workerd ended with ${code}`))),
    ]);
    return new Workerd(child, `http://127.0.0.1:${JSON.parse(String(message)).port}`);
  }

  async request(method: string, path: string, body?: string | ReadableStream): Promise<Answer> {
    const response = await fetch(this.address + path, {
      method,
      body,
      ...(body instanceof ReadableStream && { duplex: "half" }),
    } as RequestInit);
    return { status: response.status, headers: response.headers, json: await response.json() };
  }

  post(path: string, body: object): Promise<Answer> {
    return this.request("POST", path, JSON.stringify(body));
  }

  /** Bytes of the process that are in the machine's memory, on Linux. */
  get residentBytes(): number {
    return (
      Number(readFileSync(`/proc/${this.child.pid}/status`, "utf8").match(/VmRSS:\s+(\d+) kB/)?.[1]) * 1024
    );
  }

  async stop(): Promise<void> {
    const ended = once(this.child, "exit");
    this.child.kill();
    await ended;
  }
}
