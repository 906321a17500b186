import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Page } from "../../site/testing.js";
import { folder, play, ready, useSite, visit } from "./support.js";

useSite();

/** What was measured, printed at the end beside what it is held to, or to what it would be on a quiet machine. */
const measured: { what: string; value: string; bar: string }[] = [];
afterAll(() => console.table(measured));

const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;

/** Bytes over the wire until a page has settled, its workers included. */
async function weight(path: string, settle: (page: Page) => Promise<void>): Promise<number> {
  let bytes = 0;
  await visit("404", async (page, context) => {
    // Any page first: the weight is that of a first visit, without the files that are kept for offline.
    await page.goto("about:blank");
    const sizes: Promise<number>[] = [];
    context.on("requestfinished", (request) => {
      if (request.serviceWorker() || request.url().endsWith("offline.js")) return;
      sizes.push(
        request.sizes().then(
          ({ responseBodySize }) => responseBodySize,
          () => 0,
        ),
      );
    });
    await context.route("**/offline.js", (route) => route.fulfill({ status: 404 }));
    await page.goto(path);
    await settle(page);
    bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  }).catch((error: Error) => {
    // The 404 page above says so on the console.
    if (!error.message.includes("404")) throw error;
  });
  return bytes;
}

describe("weight", () => {
  it("of the site's folder is at most 10 MB", () => {
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
    const bytes = files.reduce((sum, path) => sum + statSync(join(folder, path)).size, 0);
    measured.push({ what: "site folder", value: kilobytes(bytes), bar: "10,000 kB" });
    expect(bytes).toBeLessThan(10e6);
  });
});
