import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, chromium } from "playwright-core";

/** What the tests of the site need of its own packages. */

export type { BrowserContext, Page } from "playwright-core";

/** Debian's Chromium, which may run as root, and asks nobody for anything. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      // Memory is measured at once, not with the next collection of garbage.
      "--enable-blink-features=ForceEagerMeasureMemory",
    ],
  });
}

/** The source of axe-core, to be run in a page. */
export const axeSource = (): string =>
  readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
