import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { BrowserContext, Page } from "../../site/testing.js";
import { ready, useSite, visit } from "./support.js";

useSite();

/** A minute in CI; MINUTES=10 shows what the playground keeps after ten. */
const MINUTES = Number(process.env.MINUTES ?? 1);
const READINGS = 15;
/** In the first third of the readings code is compiled, and the curve grows to its length. */
const THIRD = READINGS / 3;

/** Megabytes that the page and its worker hold, and those of the process that has both. */
interface Reading {
  readonly seconds: number;
  readonly held: number;
  readonly resident: number;
}

/** What is reachable: Chromium collects the garbage of the page and of its worker before it counts. */
const heldBy = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const count = "measureUserAgentSpecificMemory" as keyof Performance;
    const { bytes } = await (performance[count] as unknown as () => Promise<{ bytes: number }>).call(
      performance,
    );
    return bytes / 1e6;
  });

/** The resident memory of the largest renderer, which is that of the page. */
async function residentOf(context: BrowserContext): Promise<number> {
  const browser = context.browser();
  if (!browser) throw new Error("memory: the context has no browser");
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const sizes = processInfo
    .filter(({ type }) => type === "renderer")
    .map(({ id }) => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1] ?? 0));
  return Math.max(...sizes) / 1e3;
}

describe("memory", () => {
  it(
    `stays within 5 % for ${MINUTES} min at the highest speed`,
    () =>
      visit(
        // Runs of some seconds, again and again. A model keeps a log of each epoch for its checkpoints: while it
        // lives, a longer run grows by some 80 bytes an epoch.
        "playground/#v=1&scene=points&epochs=5000",
        async (page, context) => {
          await ready(page);
          await page.locator("fieldset label", { hasText: "Max" }).click();
          await page.evaluate(() => {
            setInterval(() => {
              const button = document.querySelector<HTMLButtonElement>("button.play");
              if (button && !button.textContent?.includes("Pause")) button.click();
            }, 200);
          });
          const readings: Reading[] = [];
          const begin = performance.now();
          for (let i = 1; i <= READINGS; i++) {
            await wait(Math.max(0, begin + (MINUTES * 60_000 * i) / READINGS - performance.now()));
            const held = await heldBy(page);
            const resident = await residentOf(context);
            readings.push({ seconds: Math.round((performance.now() - begin) / 1000), held, resident });
          }
          console.table(readings);
          // The least of a third: what is above it is a run that has come further, and garbage.
          const least = (third: 1 | 2, what: "held" | "resident") =>
            Math.min(...readings.slice(third * THIRD, (third + 1) * THIRD).map((reading) => reading[what]));
          const growth = (what: "held" | "resident") => least(2, what) / least(1, what);
          console.log(`held ×${growth("held").toFixed(3)}, resident ×${growth("resident").toFixed(3)}`);
          expect(growth("held")).toBeLessThan(1.05);
          expect(growth("resident")).toBeLessThan(1.05);
        },
        { blocksOffline: true },
      ),
    MINUTES * 60_000 + 120_000,
  );
});
