import { type ChildProcess, fork, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { PeerSpec } from "./registry.js";
import type { Task } from "./workloads.js";

/**
 * What a process says: of a round how often it did the task in how many seconds, else that it is ready,
 * cannot, or failed.
 */
interface Answer {
  readonly version?: string;
  readonly calls?: number;
  readonly seconds?: number;
  readonly missing?: string;
  readonly error?: string;
}

/**
 * Milliseconds in which anything must be done: the slowest training's warm-up takes a minute on a busy
 * machine.
 */
const TIMEOUT = 240_000;

/**
 * One thread each, for the native libraries too; torch on OpenBLAS does not listen to torch.set_num_threads.
 */
const env = {
  ...process.env,
  PYTHONDONTWRITEBYTECODE: "1",
  OPENBLAS_NUM_THREADS: "1",
  OMP_NUM_THREADS: "1",
  MKL_NUM_THREADS: "1",
};

/** A peer's process. It waits without using the processor while others have their turn. */
export class Peer {
  version = "";
  private readonly child: ChildProcess;
  private readonly python: boolean;
  private errors = "";
  private settle: ((answer: Answer) => void) | undefined;

  private constructor(readonly spec: PeerSpec) {
    const file = fileURLToPath(new URL(spec.file, import.meta.url));
    this.python = spec.file.endsWith(".py");
    if (this.python) {
      // The system's own, which has the packages of the distribution; another python3 may come first in the
      // path.
      this.child = spawn("/usr/bin/python3", [file], { env, stdio: ["pipe", "pipe", "pipe"] });
      if (this.child.stdout)
        createInterface(this.child.stdout).on("line", (line) => this.settle?.(JSON.parse(line)));
    } else {
      // What libraries print is not for our tables.
      this.child = fork(file, [...spec.args], {
        env,
        execArgv: [],
        stdio: ["ignore", "ignore", "pipe", "ipc"],
      });
      this.child.on("message", (answer: Answer) => this.settle?.(answer));
    }
    this.child.stderr?.on("data", (text) => {
      this.errors = `${this.errors}${text}`.slice(-2000);
    });
    this.child.on("error", ({ message }) => this.settle?.({ error: message }));
    // Not at "exit": what it said at last is read only after that.
    this.child.on("close", (code, signal) => this.settle?.({ error: this.lastWords(code ?? signal) }));
  }

  /** A peer that is ready, or why it is not. */
  static async start(spec: PeerSpec): Promise<Peer | string> {
    const peer = new Peer(spec);
    const { version, error } = await peer.answer();
    if (error !== undefined) {
      peer.stop();
      return error;
    }
    peer.version = version ?? "";
    return peer;
  }

  /** Warms it up; says why not where it cannot do the task. */
  async prepare(task: Task): Promise<string | undefined> {
    const { missing, error } = await this.order({ action: "prepare", workload: task });
    return error ?? missing;
  }

  /** One round of the task that was prepared, or why it failed. */
  async round(): Promise<{ calls: number; seconds: number } | string> {
    const { calls = 0, seconds = 0, error } = await this.order({ action: "round" });
    return error ?? { calls, seconds };
  }

  async release(): Promise<void> {
    await this.order({ action: "release" });
  }

  stop(): void {
    this.child.kill();
  }

  private order(order: { action: string; workload?: Task }): Promise<Answer> {
    const answer = this.answer();
    if (this.child.exitCode !== null || this.child.signalCode !== null)
      this.settle?.({ error: this.lastWords(this.child.exitCode) });
    else if (this.python) this.child.stdin?.write(`${JSON.stringify(order)}\n`);
    else this.child.send(order);
    return answer;
  }

  private answer(): Promise<Answer> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.stop();
        this.settle?.({ error: `did not answer in ${TIMEOUT / 1000} s` });
      }, TIMEOUT);
      this.settle = (answer) => {
        clearTimeout(timer);
        this.settle = undefined;
        resolve(answer);
      };
    });
  }

  private lastWords(code: unknown): string {
    const lines = this.errors.trim().split("\n");
    const line = lines.reverse().find((text) => /error/i.test(text)) ?? lines[0];
    return `its process ended with ${code}${line ? `: ${line.trim()}` : ""}`;
  }
}
