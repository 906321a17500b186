import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { BrowserContext, Page } from "../../site/testing.js";
import { play, useSite, visit } from "./support.js";

useSite();

/** Runs that are read, at least. MINUTES=10 shows what the playground keeps after ten of them. */
const RUNS = 60;
const MINUTES = Number(process.env.MINUTES ?? 0);

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

/**
 * The minimum of the last quarter over the minimum of the quarter before: minima contain no garbage. The
 * first half is left out, since the engine compiles code and buffers grow.
 */
function growthOf(values: readonly number[]): number {
  const least = (from: number, to: number) =>
    Math.min(...values.slice(from * values.length, to * values.length));
  return least(0.75, 1) / least(0.5, 0.75);
}

describe("memory", () => {
  it(
    "stays within 5 % from run to run at the highest speed",
    () =>
      visit(
        // Read where a run has ended: a model keeps a log of each epoch for its checkpoints, so that within a
        // run memory grows by some 80 bytes an epoch.
        "playground/#v=1&scene=points&epochs=5000",
        async (page, context) => {
          const readings: Reading[] = [];
          const client = await context.newCDPSession(page);
          const begin = performance.now();
          const seconds = () => Math.round((performance.now() - begin) / 1000);
          while (readings.length < RUNS || seconds() < 60 * MINUTES) {
            await play(page);
            await client.send("HeapProfiler.collectGarbage");
            const held = await heldBy(page);
            readings.push({ seconds: seconds(), held, resident: await residentOf(context) });
          }
          console.table(readings);
          const [held, resident] = [
            growthOf(readings.map((r) => r.held)),
            growthOf(readings.map((r) => r.resident)),
          ];
          console.log(`held ×${held.toFixed(3)}, resident ×${resident.toFixed(3)}`);
          expect(held).toBeLessThan(1.05);
          // A process grows in steps of some 20 of 250 MB: in a minute one of them may be in the last
          // quarter.
          expect(resident).toBeLessThan(MINUTES < 10 ? 1.15 : 1.05);
        },
        { blocksOffline: true },
      ),
    MINUTES * 60_000 + 300_000,
  );
});
