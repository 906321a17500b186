import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Variant } from "lanewise";
import type { Row } from "./results.js";
import type { Answer, Order } from "./worker.js";

/** A build of the kernels with a number of threads, in its own process, which waits while others measure. */
export class Build {
  private constructor(
    readonly variant: Variant,
    readonly threads: number,
    private readonly child: ChildProcess,
  ) {}

  /** Undefined, after saying why, where the engine cannot run it. */
  static async start(variant: Variant, threads: number, quick: boolean): Promise<Build | undefined> {
    const child = fork(fileURLToPath(new URL("worker.ts", import.meta.url)), [
      variant,
      String(threads),
      quick ? "quick" : "usual",
    ]);
    const build = new Build(variant, threads, child);
    const { missing } = await build.answer();
    if (missing === undefined) return build;
    console.error(`without ${variant}: ${missing}`);
    build.stop();
  }

  async run(order: Order): Promise<readonly Row[]> {
    this.child.send(order);
    return (await this.answer()).rows ?? [];
  }

  stop(): void {
    this.child.disconnect();
  }

  private answer(): Promise<Answer> {
    const { child, variant } = this;
    return new Promise((resolve, reject) => {
      const ended = (code: number | null) =>
        reject(new Error(`the process of the ${variant} build ended with ${code}`));
      child.once("exit", ended);
      child.once("message", (message: Answer) => {
        child.off("exit", ended);
        if (message.error === undefined) resolve(message);
        else reject(new Error(`${variant}: ${message.error}`));
      });
    });
  }
}
