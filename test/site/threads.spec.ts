import { expect, it } from "vitest";
import { serveSite } from "../../site/serve.js";
import type { Page } from "../../site/testing.js";
import { raceHashInNode } from "./links.js";
import { folder, ready, useSite, visit, visitOther } from "./support.js";

useSite();

async function openRace(page: Page): Promise<void> {
  await ready(page);
  await page.getByRole("button", { name: "Race", exact: true }).click();
  await page.getByRole("button", { name: "Race the builds" }).waitFor();
}

const threads = (page: Page) => page.getByRole("region", { name: "Threads" });
const offers = (page: Page) => page.getByRole("button", { name: "Race the threads" }).count();

/** The cells of each row. */
async function rowsOf(page: Page): Promise<string[][]> {
  const rows = await threads(page).locator("tbody tr").all();
  return Promise.all(rows.map((row) => row.locator("th, td").allInnerTexts()));
}

it("the race of threads shows both speeds, and the bits of Node", () =>
  visit("playground/", async (page) => {
    await openRace(page);
    await page.getByRole("button", { name: "Race the threads" }).click();
    await page.getByRole("button", { name: "Race the threads again" }).waitFor({ timeout: 120_000 });
    const cores = await page.evaluate(() => navigator.hardwareConcurrency);
    const rows = await rowsOf(page);
    expect(rows.map(([name]) => name.split("\n")[0])).toEqual([
      "One thread",
      `${Math.min(cores, 16)} threads`,
    ]);
    for (const [, , rate] of rows) expect(Number(rate.replaceAll(",", ""))).toBeGreaterThan(0);
    const hash = await raceHashInNode();
    for (const [, , , shown] of rows) expect(shown).toBe(hash?.slice(0, 8));
    const told = await threads(page).innerText();
    expect(told).toContain("784-128-64-10 in batches of 64");
    expect(told).toContain("After 840 steps one thread and all have the same bits.");
  }));

it("one race runs at a time", () =>
  visit("playground/#v=1&scene=points&epochs=100000", async (page) => {
    await openRace(page);
    await page.getByRole("button", { name: "Race the builds" }).click();
    await page.getByRole("button", { name: "Stop" }).waitFor();
    await page.getByRole("button", { name: "Race the threads" }).click();
    await page.getByRole("button", { name: "Race the builds" }).waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByRole("button", { name: "Race the threads" }).waitFor();
  }));

it("a page that is not isolated has no race of threads, and one sentence says why", async () => {
  const site = await serveSite(folder, { isolates: false });
  try {
    await visitOther(`${site.address}playground/`, async (page) => {
      await openRace(page);
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
      await threads(page).getByText("it is not isolated from other origins").waitFor();
      await threads(page).getByRole("link", { name: "Use several threads" }).waitFor();
      expect(await offers(page)).toBe(0);
      // The other race goes on as before.
      await page.getByRole("button", { name: "Race the builds" }).click();
      await page.getByText("Scalar and SIMD have the same bits.").waitFor();
    });
  } finally {
    await site.stop();
  }
});

it("a page with one core has no race of threads, and one sentence says why", () =>
  visit("playground/", async (page) => {
    await page.addInitScript(() => Object.defineProperty(navigator, "hardwareConcurrency", { get: () => 1 }));
    await page.reload();
    await openRace(page);
    await threads(page).getByText("the browser offers it one core").waitFor();
    expect(await offers(page)).toBe(0);
  }));
