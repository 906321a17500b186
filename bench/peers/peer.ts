import { type ChildProcess, fork, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Reference } from "../method/reference.js";
import type { Blas } from "./blas.js";
import type { PeerSpec, Setting } from "./registry.js";
import type { Task } from "./workloads.js";

/** A task with what a peer needs for it. */
export type Order = Task & { readonly reference?: Reference };

/** A round: how often the task was done in how many seconds. */
export interface Round {
  readonly calls: number;
  readonly seconds: number;
}

/** Why a peer is not ready: it is not written to do the task, or it tried and failed. */
type Refusal = { readonly missing: string } | { readonly error: string };

/** A peer that is ready for a task, or why it is not. */
export type Prepared = { readonly outputs?: readonly number[] } | Refusal;

export const isRefusal = (prepared: Prepared): prepared is Refusal =>
  "missing" in prepared || "error" in prepared;

/** A library that is measured. */
export interface Measured {
  readonly spec: PeerSpec;
  /** Of the library, with the setting that was chosen for the task. */
  readonly version: string;
  readonly blas?: Blas;
  /** Warms it up; answers the outputs for the reference's input where the task has one. */
  prepare(order: Order): Promise<Prepared>;
  /** One round of the task that was prepared, or why it failed. */
  round(): Promise<Round | string>;
  release(): Promise<void>;
  stop(): void;
}

/**
 * What a process says: of a round how often it did the task in how many seconds, else that it is ready,
 * cannot, or failed.
 */
interface Answer {
  readonly version?: string;
  readonly blas?: Blas;
  readonly outputs?: readonly number[];
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
 * A peer's process. It waits without using the processor while others have their turn. If it ends at a task,
 * the next one gets a new process.
 */
export class Peer implements Measured {
  version = "";
  blas?: Blas;
  private child: ChildProcess | undefined;
  private readonly python: boolean;
  private errors = "";
  private settle: ((answer: Answer) => void) | undefined;

  private constructor(
    readonly spec: PeerSpec,
    private readonly environment: NodeJS.ProcessEnv,
    private readonly setting: Setting | undefined,
  ) {
    this.python = spec.file.endsWith(".py");
  }

  /** A peer that is ready, or why it is not. */
  static async start(
    spec: PeerSpec,
    environment: NodeJS.ProcessEnv,
    setting?: Setting,
  ): Promise<Peer | string> {
    const peer = new Peer(spec, environment, setting);
    const { version, blas, error } = await peer.launch();
    if (error !== undefined) {
      peer.stop();
      return error;
    }
    peer.version = version ?? "";
    peer.blas = blas;
    return peer;
  }

  private launch(): Promise<Answer> {
    const file = fileURLToPath(new URL(this.spec.file, import.meta.url));
    const args = [...this.spec.args, ...(this.setting?.args ?? [])];
    const env = { ...this.environment, ...this.setting?.env };
    // The system's own Python, which has the packages of the distribution; another may come first in the
    // path. What libraries print is not for our tables.
    const child = this.python
      ? spawn("/usr/bin/python3", [file, ...args], { env, stdio: ["pipe", "pipe", "pipe"] })
      : fork(file, args, { env, execArgv: [], stdio: ["ignore", "ignore", "pipe", "ipc"] });
    this.child = child;
    this.errors = "";
    const answer = this.answer();
    if (child.stdout) createInterface(child.stdout).on("line", (line) => this.settle?.(JSON.parse(line)));
    child.on("message", (answer: Answer) => this.settle?.(answer));
    child.stderr?.on("data", (text) => {
      this.errors = `${this.errors}${text}`.slice(-2000);
    });
    const ended = (error: string) => {
      // Not of a process that was stopped, and has a successor.
      if (child !== this.child) return;
      this.child = undefined;
      this.settle?.({ error });
    };
    child.on("error", ({ message }) => ended(message));
    // Not at "exit": what it said at last is read only after that.
    child.on("close", (code, signal) => ended(this.lastWords(code ?? signal)));
    return answer;
  }

  async prepare(order: Order): Promise<Prepared> {
    if (!this.child) {
      const { error } = await this.launch();
      if (error !== undefined) return { error: firstLine(error) };
    }
    const { missing, error, outputs } = await this.order({ action: "prepare", workload: order });
    if (error !== undefined) return { error: firstLine(error) };
    return missing === undefined ? { outputs } : { missing };
  }

  async round(): Promise<Round | string> {
    const { calls = 0, seconds = 0, error } = await this.order({ action: "round" });
    return error === undefined ? { calls, seconds } : firstLine(error);
  }

  async release(): Promise<void> {
    await this.order({ action: "release" });
  }

  stop(): void {
    this.child?.kill();
    this.child = undefined;
  }

  private order(order: { action: string; workload?: Order }): Promise<Answer> {
    const answer = this.answer();
    if (!this.child) this.settle?.({ error: "its process has ended" });
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

const firstLine = (text: string): string => text.split("\n")[0];
