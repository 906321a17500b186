import { copyFileSync, cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { build as esbuild } from "esbuild";
import type { Browser } from "playwright-core";
import { createServer, build as vite } from "vite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { webpack } from "webpack";
import { programsOf } from "../support/documents.js";
import { launchChromium } from "./drivers/chromium.js";
import { PageServer } from "./server.js";
import { site } from "./site.js";

/**
 * Each makes dist/ of index.html and main.js in a folder and returns what it warns of. None is told anything
 * about the package, but that esbuild must be given the script of the threads, where there are any.
 */
const bundlers: Record<string, (folder: string, divides: boolean) => Promise<readonly unknown[]>> = {
  async esbuild(folder, divides) {
    const worker = { in: "lanewise/threads-worker", out: "threads-worker" };
    const { warnings } = await esbuild({
      absWorkingDir: folder,
      entryPoints: [{ in: "./main.js", out: "main" }, ...(divides ? [worker] : [])],
      bundle: true,
      format: "esm",
      outdir: join(folder, "dist"),
      logLevel: "silent",
    });
    copyFileSync(join(folder, "index.html"), join(folder, "dist", "index.html"));
    return warnings;
  },
  async vite(root) {
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);
    const customLogger = {
      info() {},
      warn,
      warnOnce: warn,
      error: warn,
      clearScreen() {},
      hasErrorLogged: () => false,
      hasWarned: false,
    };
    await vite({ root, configFile: false, logLevel: "warn", customLogger });
    return warnings;
  },
  async webpack(context) {
    const output = { path: join(context, "dist") };
    // webpack hints at assets above 244 KiB, more than half of which the kernels take; .size-limit.json holds
    // the sizes.
    const performance = { hints: false } as const;
    const compiler = webpack({ mode: "production", context, entry: "./main.js", output, performance });
    const stats = await promisify(compiler.run.bind(compiler))();
    copyFileSync(join(context, "index.html"), join(output.path, "index.html"));
    const { errors = [], warnings = [] } = stats?.toJson() ?? {};
    return [...errors, ...warnings];
  },
};

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
  return () => browser.close();
});

const servers: PageServer[] = [];
afterAll(async () => {
  for (const server of servers) await server.stop();
});

/** A folder with a program and the page that runs it. */
function folderOf(name: string, program: string): string {
  const folder = join(site, name);
  cpSync(join(site, "bundlers"), folder, { recursive: true });
  writeFileSync(join(folder, "main.js"), program);
  return folder;
}

/** The first line that a page prints, which throws nothing. */
async function printedBy(url: string): Promise<string> {
  const page = await browser.newPage();
  const errors: Error[] = [];
  page.on("pageerror", (error) => errors.push(error));
  const printed = page.waitForEvent("console", (message) => message.type() === "log");
  await page.goto(url);
  const text = (await printed).text();
  expect(errors).toEqual([]);
  await page.close();
  return text;
}

async function printedIn(folder: string, isolates: boolean): Promise<string> {
  const server = await PageServer.start(folder, {
    contentSecurityPolicy: "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'",
    isolates,
  });
  servers.push(server);
  return printedBy(`${server.address}/index.html`);
}

it.each(Object.entries(bundlers))(
  "%s bundles the README's first program, which learns the exclusive or in Chromium",
  async (name, bundle) => {
    const folder = folderOf(name, programsOf("README.md")[0].text);
    expect(await bundle(folder, false)).toEqual([]);
    expect(await printedIn(join(folder, "dist"), false)).toBe("0.00 1.00 1.00 0.00");
  },
);

const threads = (options: string) => `
import { createBackend, matmul } from "lanewise";
try {
  const backend = await createBackend(${options});
  const ones = backend.matrix(200, 200, new Float32Array(40_000).fill(1));
  console.log(backend.threads, matmul(ones, ones).data[39_999]);
} catch (error) {
  console.log(String(error));
}`;

it.each(Object.entries(bundlers))("%s bundles a program with threads", async (name, bundle) => {
  const folder = folderOf(`${name}-threads`, threads("{ threads: 3 }"));
  expect(await bundle(folder, true)).toEqual([]);
  expect(await printedIn(join(folder, "dist"), true)).toBe("3 200");
});

it.each([undefined, { exclude: ["lanewise"] }])(
  "vite serves a program with threads while it is written, optimizeDeps %o",
  async (optimizeDeps) => {
    const folder = folderOf(`vite-dev-${optimizeDeps ? "excluded" : "optimized"}`, threads("{ threads: 3 }"));
    const headers = {
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    };
    const server = await createServer({
      root: folder,
      configFile: false,
      logLevel: "error",
      server: { port: 0, host: "127.0.0.1", hmr: false, headers },
      ...(optimizeDeps && { optimizeDeps }),
    });
    await server.listen();
    try {
      expect(await printedBy(server.resolvedUrls?.local[0] ?? "")).toBe("3 200");
    } finally {
      await server.close();
    }
  },
);

it("a bundle without the script of the threads says what to do; auto goes on with one thread", async () => {
  const told = folderOf("no-worker", threads("{ threads: 2 }"));
  await bundlers.esbuild(told, false);
  expect(await printedIn(join(told, "dist"), true)).toMatch(
    /^BackendError: createBackend: could not start a thread .*copy lanewise\/threads-worker beside the bundle/,
  );
  const auto = folderOf("no-worker-auto", threads('{ threads: "auto" }'));
  await bundlers.esbuild(auto, false);
  expect(await printedIn(join(auto, "dist"), true)).toBe("1 200");
});

it("takes the address of the script where it is elsewhere", async () => {
  const url = 'new URL("node_modules/threads.js", location.href)';
  const folder = folderOf("worker-elsewhere", threads(`{ threads: 2, worker: ${url} }`));
  await bundlers.esbuild(folder, false);
  const dist = join(folder, "dist");
  cpSync(join(site, "node_modules/lanewise/dist/threads-worker.js"), join(dist, "node_modules/threads.js"));
  expect(await printedIn(dist, true)).toBe("2 200");
});
