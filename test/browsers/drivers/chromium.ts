import { type Browser as PlaywrightBrowser, chromium as playwright } from "playwright-core";
import type { Driver } from "./driver.js";

const EXECUTABLE = "/usr/bin/chromium";

/**
 * Chromium under Playwright, for tests that look into a page too. It may run as root, and asks nobody for
 * anything.
 */
export function launchChromium(): Promise<PlaywrightBrowser> {
  const args = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
  ];
  return playwright.launch({ executablePath: EXECUTABLE, args: [...args, "--disable-sync"] });
}

export const chromium: Driver = {
  name: "chromium",
  title: "Chromium",
  executable: EXECUTABLE,
  packages: ["chromium"],
  async launch() {
    const browser = await launchChromium();
    const page = await browser.newPage();
    return {
      version: browser.version(),
      async open(url) {
        await page.goto(url);
      },
      evaluate: (expression) => page.evaluate(expression),
      close: () => browser.close(),
    };
  },
};
