import { expect, it } from "vitest";
import { chromium } from "./drivers/chromium.js";
import { PageServer } from "./server.js";
import { site } from "./site.js";

/**
 * 784-128-64-10 on 60,000 samples, in Chromium. A long task is what the browser calls so: one of 50 ms or more. A busy machine makes
 * tasks longer than their work: what the library does wrong shows each time.
 */
it("fit lets the page answer: no long task, from copying the data to validation", { retry: 4 }, async () => {
  const server = await PageServer.start(site);
  const browser = await chromium.launch();
  try {
    const { control, fits } = await server.visit<{ control: number[]; fits: Record<string, number[]> }>(browser.open, "responsiveness.html");
    expect(control).toHaveLength(1);
    expect(fits).toEqual(Object.fromEntries(Object.keys(fits).map((name) => [name, []])));
  } finally {
    await browser.close();
    await server.stop();
  }
});
