import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { end, says } from "./redis.js";

const pathOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Two workers, processes of one thread each: `lanewise worker`. */
export class Workers {
  private constructor(private readonly processes: readonly ChildProcess[]) {}

  static async start(url: string): Promise<Workers> {
    const words = [pathOf("../../dist/cli.js"), "worker", "--redis", url, "--data", pathOf("../data")];
    const processes = [1, 2].map(() =>
      spawn(process.execPath, [...words, "--threads", "1"], { stdio: ["ignore", "pipe", "inherit"] }),
    );
    const workers = new Workers(processes);
    await Promise.all(processes.map((each) => says(each, /ready for jobs/)));
    return workers;
  }

  /** Kills the first one. */
  kill(): Promise<void> {
    return end(this.processes[0]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.processes.map(end));
  }
}
