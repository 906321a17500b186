import { launch } from "puppeteer-core";
import type { Driver } from "./driver.js";

const EXECUTABLE = "/usr/bin/firefox-esr";

/** Firefox as it is, by WebDriver BiDi: Playwright drives only a Firefox of its own. */
export const firefox: Driver = {
  name: "firefox",
  title: "Firefox",
  executable: EXECUTABLE,
  packages: ["firefox-esr"],
  async launch() {
    const browser = await launch({ browser: "firefox", executablePath: EXECUTABLE });
    const page = await browser.newPage();
    const version = await browser.version();
    return {
      version: version.replace(/^firefox\//i, ""),
      async open(url) {
        await page.goto(url);
      },
      async evaluate<Value>(expression: string) {
        return (await page.evaluate(expression)) as Value;
      },
      close: () => browser.close(),
    };
  },
};
