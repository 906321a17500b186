import { execFileSync, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { runCommand } from "../../cli/command.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const app = fileURLToPath(new URL(".", import.meta.url));
const next = `${app}node_modules/next/dist/bin/next`;
const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1" };

await runCommand({
  name: "npm run test:next --",
  description:
    "Builds a Next.js app that imports the packed package and its .wasm files, with each of Next's bundlers.",
  options: {},
  async run() {
    const [{ filename }] = JSON.parse(
      execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", app], {
        cwd: root,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }),
    );
    execFileSync("npm", ["install", "--no-save", "--offline", `./${filename}`], {
      cwd: app,
      stdio: "ignore",
    });
    for (const bundler of ["turbopack", "webpack"]) {
      rmSync(`${app}.next`, { recursive: true, force: true });
      execFileSync(process.execPath, [next, "build", `--${bundler}`], {
        cwd: app,
        env,
        stdio: ["ignore", "ignore", "inherit"],
      });
      await serve(async (address) => {
        for (const path of ["/api/edge", "/node"]) {
          const answer = await (await fetch(address + path)).text();
          console.log(`${bundler}: ${path} answers ${answer}`);
          if (answer !== '{"variant":"simd","product":23}')
            throw new Error(`${bundler}: ${path} expected a product of 23 on the simd build, got ${answer}`);
        }
      });
    }
  },
});

/** Serves the app that has been built while `use` runs with its address. */
async function serve(use: (address: string) => Promise<void>): Promise<void> {
  const server = spawn(process.execPath, [next, "start", "--port", "0", "--hostname", "127.0.0.1"], {
    cwd: app,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const address = await new Promise<string>((resolve, reject) => {
      server.on("exit", (code) => reject(new Error(`next start ended with ${code} before it listened`)));
      let local = "";
      createInterface({ input: server.stdout }).on("line", (line) => {
        local = line.match(/Local:\s+(http:\S+)/)?.[1] ?? local;
        if (line.includes("Ready")) resolve(local);
      });
    });
    await use(address);
  } finally {
    server.kill();
  }
}
