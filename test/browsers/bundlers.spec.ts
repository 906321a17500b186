import { copyFileSync, cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { build as esbuild } from "esbuild";
import type { Browser } from "playwright-core";
import { build as vite } from "vite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { webpack } from "webpack";
import { programsOf } from "../support/documents.js";
import { launchChromium } from "./drivers/chromium.js";
import { PageServer } from "./server.js";
import { site } from "./site.js";

/**
 * Each makes dist/ of index.html and main.js in a folder and returns what it warns of. None is told anything
 * about the package.
 */
const bundlers: Record<string, (folder: string) => Promise<readonly unknown[]>> = {
  async esbuild(folder) {
    const { warnings } = await esbuild({
      entryPoints: [join(folder, "main.js")],
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

it.each(Object.entries(bundlers))(
  "%s bundles the README's first program, which learns the exclusive or in Chromium",
  async (name, bundle) => {
    const folder = join(site, name);
    cpSync(join(site, "bundlers"), folder, { recursive: true });
    writeFileSync(join(folder, "main.js"), programsOf("README.md")[0].text);
    expect(await bundle(folder)).toEqual([]);

    const server = await PageServer.start(join(folder, "dist"), {
      contentSecurityPolicy: "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'",
    });
    servers.push(server);
    const page = await browser.newPage();
    const errors: Error[] = [];
    page.on("pageerror", (error) => errors.push(error));
    const printed = page.waitForEvent("console", (message) => message.type() === "log");
    await page.goto(`${server.address}/index.html`);
    expect((await printed).text()).toBe("0.00 1.00 1.00 0.00");
    expect(errors).toEqual([]);
  },
);
