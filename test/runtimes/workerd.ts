import { spawn } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** Lets compile WebAssembly outside of requests, which workerd does from 2025 on. */
const COMPATIBILITY_DATE = "2026-01-01";

/**
 * Serves the ES module worker.js of a folder, with the .wasm files beside it, while `use` runs with the
 * address.
 */
export async function serveWorker<T>(
  program: string,
  folder: string,
  use: (address: string) => Promise<T>,
): Promise<T> {
  const modules = readdirSync(folder)
    .filter((file) => file.endsWith(".wasm"))
    .map((file) => `(name = "${file}", wasm = embed "${file}")`);
  const configuration = join(folder, "config.capnp");
  writeFileSync(
    configuration,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [${['(name = "worker.js", esModule = embed "worker.js")', ...modules].join(", ")}],
  compatibilityDate = "${COMPATIBILITY_DATE}",
);
`,
  );
  const server = spawn(program, ["serve", configuration, "--control-fd=3"], {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  try {
    const port = await new Promise<number>((resolve, reject) => {
      server.on("error", reject);
      server.on("exit", (code) => reject(new Error(`workerd ended with ${code} before it answered`)));
      createInterface({ input: server.stdio[3] as Readable }).on("line", (line) => {
        const { event, port } = JSON.parse(line);
        if (event === "listen") resolve(port);
      });
    });
    return await use(`http://127.0.0.1:${port}/`);
  } finally {
    server.kill();
  }
}
