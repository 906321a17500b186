import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Report } from "../conformance/report.js";
import { serveWorker } from "./workerd.js";

const modules = fileURLToPath(new URL("node_modules", import.meta.url));

/** Where lanewise runs, and how the conformance program is started there. */
export interface Runtime {
  /** As --allow-missing names it. */
  readonly name: string;
  /** What must be there. */
  readonly path: string;
  /**
   * Whether the host lets a program compile WebAssembly from bytes, when it has begun to work, and start
   * threads.
   */
  readonly compiles: boolean;
  /** Runs the program of a project (project.ts). @throws Error when it ends without a report */
  run(project: string): Promise<Report>;
}

export const runtimes: readonly Runtime[] = [
  // Node 20 has relaxed SIMD behind a flag that later versions do not know.
  command("node-20", "Node", "node-20/bin/node", ["--experimental-wasm-relaxed-simd"]),
  command("node-22", "Node", "node-22/bin/node"),
  command("node-24", "Node", "node-24/bin/node"),
  command("node-26", "Node", "node-26/bin/node"),
  command("deno", "Deno", ".bin/deno", ["run", "--allow-read"]),
  command("bun", "Bun", ".bin/bun"),
  {
    name: "workerd",
    path: join(modules, ".bin/workerd"),
    compiles: false,
    run: (project) =>
      serveWorker(join(modules, ".bin/workerd"), join(project, "worker"), async (address) => {
        const { version } = JSON.parse(readFileSync(join(modules, "workerd/package.json"), "utf8"));
        const response = await fetch(address, {
          method: "POST",
          body: JSON.stringify({ name: "workerd", version }),
        });
        if (!response.ok) throw new Error(`workerd answered ${response.status}: ${await response.text()}`);
        return (await response.json()) as Report;
      }),
  },
  {
    name: "edge-runtime",
    path: join(modules, "@edge-runtime/vm"),
    compiles: false,
    run: (project) =>
      start(
        join(modules, "node-24/bin/node"),
        [fileURLToPath(new URL("hosts/edge-vm.js", import.meta.url)), "edge-runtime", project],
        project,
      ),
  },
];

export const isInstalled = ({ path }: Runtime): boolean => existsSync(path);

/** A runtime that is a command, which runs a file. */
function command(name: string, title: string, program: string, options: readonly string[] = []): Runtime {
  const path = join(modules, program);
  return {
    name,
    path,
    compiles: true,
    run: (project) => start(path, [...options, "process.js", title], project),
  };
}

async function start(program: string, words: readonly string[], cwd: string): Promise<Report> {
  const { stdout } = await promisify(execFile)(program, words, { cwd, timeout: 120_000, maxBuffer: 2 ** 24 });
  return JSON.parse(stdout);
}
