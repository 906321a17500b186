import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { createBackend } from "lanewise";
import { afterAll, describe, expect, it } from "vitest";
import { decode } from "../../site/playground/link.js";
import { lap } from "../../site/playground/race.js";
import type { BrowserContext, Page } from "../../site/testing.js";
import { trainPlainly } from "./plain-network.js";
import { address, folder, play, ready, useSite, visit } from "./support.js";

useSite();

/** What was measured, beside what it should be on a machine that does nothing else. Printed at the end. */
const measured: { what: string; value: string; bar: string }[] = [];
const tell = (what: string, value: string, bar: string) => measured.push({ what, value, bar });
afterAll(() => console.table(measured));

const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;
const milliseconds = (time: number) => `${time.toFixed(1)} ms`;

interface Weight {
  readonly page: number;
  readonly workers: number;
}

/**
 * Bytes over the wire until a page has settled, without the files that are kept for offline. A page that
 * `works` starts a worker, whose bytes are those of its script and of the kernels that it fetches.
 */
async function weigh(path: string, works: boolean, settle: (page: Page) => Promise<void>): Promise<Weight> {
  const weight = { page: 0, workers: 0 };
  const look = async (page: Page, context: BrowserContext): Promise<void> => {
    const sizes = new Map<string, Promise<number>[]>();
    context.on("requestfinished", (request) => {
      // One that ends after the page is closed has no size.
      const size = request.sizes().then(({ responseBodySize }) => responseBodySize);
      const of = sizes.get(request.url()) ?? [];
      sizes.set(request.url(), [...of, size.catch(() => 0)]);
    });
    const workers: string[] = [];
    page.on("worker", (worker) => workers.push(worker.url()));
    const started = works ? page.waitForEvent("worker") : undefined;
    await page.goto(address(path), { waitUntil: "load" });
    await Promise.all([started, settle(page)]);
    // The browser tells no size of the script of a worker, and of what it fetches only once that is there.
    const files = new Set(workers.flatMap((url) => [url, ...kernelsOf(url)]));
    for (const url of files) {
      weight.workers += gzipSync(readFileSync(fileOf(url))).length;
      sizes.delete(url);
    }
    for (const size of await Promise.all([...sizes.values()].flat())) weight.page += size;
  };
  await visit("about:blank", look, { blocksOffline: true });
  return weight;
}

/** The files of kernels that the script of a worker names. */
function kernelsOf(worker: string): string[] {
  const names = readFileSync(fileOf(worker), "utf8").match(/[\w./-]+\.wasm\b/g) ?? [];
  return names.map((name) => new URL(name, worker).href);
}

/** The longest page of a folder. */
function longestOf(name: string): string {
  const size = (path: string) => gzipSync(readFileSync(join(folder, name, path))).length;
  const pages = readdirSync(join(folder, name)).filter((path) => path.endsWith(".html"));
  const [longest] = pages.sort((a, b) => size(b) - size(a));
  return `${name}/${longest.replace(".html", "")}`;
}

const fileOf = (url: string): string => join(folder, url.slice(address().length));

describe("weight", () => {
  it("of the site's folder is at most 11 MB", () => {
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
    // A folder's own entry is no byte that anybody serves.
    const sizes = files.map((path) => statSync(join(folder, path))).map((it) => (it.isFile() ? it.size : 0));
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    tell("site folder", kilobytes(bytes), "11,000 kB");
    expect(bytes).toBeLessThanOrEqual(11e6);
  });

  it.each([
    ["the playground", "playground/", 165e3, 128e3, ready],
    ["the playground's digits, with the images", "playground/digits", 240e3, 128e3, ready],
    [
      "the playground's table",
      "playground/table",
      165e3,
      150e3,
      (page: Page) => page.getByRole("button", { name: "Choose a file" }).waitFor(),
    ],
    ["the playground's text, with the package and a text", "playground/text", 360e3, 20e3, ready],
    ["a page of the guides", "how-to/train", 110e3, 0, async () => {}],
    ["the longest page of the API", longestOf("api"), 110e3, 0, async () => {}],
    [
      "the home page",
      "",
      165e3,
      128e3,
      (page: Page) => page.locator(".verdict.same, .same").waitFor({ timeout: 60_000 }),
    ],
  ] as const)("of %s is within its budget", async (what, path, most, mostOfWorkers, settle) => {
    const { page, workers } = await weigh(path, mostOfWorkers > 0, settle);
    tell(`${what}: first load, gzip`, kilobytes(page), kilobytes(most));
    if (mostOfWorkers > 0) tell(`${what}: its worker, gzip`, kilobytes(workers), kilobytes(mostOfWorkers));
    expect(page).toBeLessThanOrEqual(most);
    expect(workers).toBeLessThanOrEqual(mostOfWorkers);
  });
});

/** Samples in a millisecond of the processor, of which others take nothing on a busy machine. */
async function rateOf(train: () => Promise<number>): Promise<number> {
  const before = process.cpuUsage();
  const samples = await train();
  const { user, system } = process.cpuUsage(before);
  return (samples * 1000) / (user + system);
}

describe("speed", () => {
  /** Frames while the run trains, and what the page itself does in them. */
  async function framesOf(page: Page, seconds: number) {
    return page.evaluate(async (length) => {
      const tasks: number[] = [];
      const observer = new PerformanceObserver((list) =>
        tasks.push(...list.getEntries().map(({ duration }) => duration)),
      );
      observer.observe({ type: "longtask" });
      const gaps: number[] = [];
      const begin = performance.now();
      let last = begin;
      while (last - begin < length * 1000) {
        const now = await new Promise<number>((resolve) =>
          requestAnimationFrame(() => resolve(performance.now())),
        );
        gaps.push(now - last);
        last = now;
      }
      observer.disconnect();
      gaps.sort((a, b) => a - b);
      const rate = document.querySelector(".rate dd")?.textContent ?? "";
      return {
        median: gaps[Math.floor(gaps.length / 2)],
        late: gaps[Math.floor(gaps.length * 0.95)],
        frames: gaps.length,
        longest: Math.max(0, ...tasks),
        rate: Number(rate.replaceAll(",", "")),
      };
    }, seconds);
  }

  it("at the highest speed leaves the page its frames", () =>
    visit("playground/#v=1&scene=points&epochs=100000", async (page, context) => {
      const begin = Date.now();
      await ready(page);
      tell("playground ready after load", milliseconds(Date.now() - begin), "800 ms, quiet");
      const untilPicture = await page.evaluate(async () => {
        const begin = performance.now();
        document.querySelector<HTMLButtonElement>("button.play")?.click();
        while (document.querySelector(".epoch dd")?.textContent?.startsWith("0"))
          await new Promise((resolve) => requestAnimationFrame(resolve));
        return performance.now() - begin;
      });
      tell("first trained picture after Play", milliseconds(untilPicture), "100 ms, quiet");
      const idle = await framesOf(page, 2);
      await page.locator("fieldset label", { hasText: "Max" }).click();
      await page.waitForFunction(
        () => Number(document.querySelector(".rate dd")?.textContent?.replaceAll(",", "")) > 50_000,
      );
      const client = await context.newCDPSession(page);
      // The time of the thread itself: what others take from it on a busy machine is not its own.
      await client.send("Performance.enable", { timeDomain: "threadTicks" });
      const taskTime = async () =>
        (await client.send("Performance.getMetrics")).metrics.find(({ name }) => name === "TaskDuration")
          ?.value ?? 0;
      const before = await taskTime();
      const busy = await framesOf(page, 4);
      const own = ((await taskTime()) - before) * 1000;
      tell(
        "frame, median / 95th percentile, at 20 epochs a second",
        `${milliseconds(idle.median)} / ${milliseconds(idle.late)}`,
        "",
      );
      tell(
        "frame, median / 95th percentile, at max",
        `${milliseconds(busy.median)} / ${milliseconds(busy.late)}`,
        "20 ms, quiet",
      );
      tell("longest task of the page, at max", milliseconds(busy.longest), "50 ms, quiet");
      tell("main thread for a frame, at max", milliseconds(own / busy.frames), "4 ms, quiet");
      tell("samples a second in the page, at max", busy.rate.toLocaleString("en"), "1,000,000, quiet");
      // Held on any machine: the page is not starved by the run.
      expect(busy.frames).toBeGreaterThan(20);
    }));

  it.each([
    ["a dense network", "", "100 ms, quiet", 1000],
    ["convolutions of 8 and 16 filters", "#v=1&scene=digits&net=&conv=8relu,16relu", "400 ms, quiet", 2000],
  ])("has the digits learned anew by %s while one looks on", (what, recipe, bar, most) =>
    visit(`playground/digits${recipe}`, async (page) => {
      const times: number[] = [];
      for (let round = 0; round < 5; round++) {
        await play(page);
        times.push(1000 * Number.parseFloat(await page.locator(".seconds").innerText()));
      }
      times.sort((a, b) => a - b);
      const [least, , median] = times;
      tell(
        `1,438 digits learned anew by ${what}, best / median of 5`,
        `${milliseconds(least)} / ${milliseconds(median)}`,
        bar,
      );
      // Held on any machine: nobody waits for it.
      expect(least).toBeLessThan(most);
    }),
  );

  it("of a recipe is at least three times that of plain JavaScript, best of nine in turn", async () => {
    const { recipe } = decode("v=1&scene=points&epochs=200");
    const backend = await createBackend();
    let ours = 0;
    let plain = 0;
    for (let round = 0; round < 9; round++) {
      ours = Math.max(ours, await rateOf(async () => (await lap(backend, recipe)).samples));
      plain = Math.max(plain, await rateOf(async () => trainPlainly(recipe, 40)));
    }
    tell("2-8-8-1 in Node, samples a second", Math.round(ours * 1000).toLocaleString("en"), "");
    tell("the same by a loop in plain JavaScript", Math.round(plain * 1000).toLocaleString("en"), "");
    tell("ratio", (ours / plain).toFixed(1), "3");
    expect(ours / plain).toBeGreaterThan(3);
  });
});
