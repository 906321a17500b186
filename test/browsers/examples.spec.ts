import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { type PageName, serveExample } from "../../examples/serve.js";
import { launchChromium } from "./drivers/chromium.js";
import { out } from "./site.js";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
  return () => browser.close();
});

/**
 * A page of an example as its command serves it. Whatever it reports as an error is thrown when the page is
 * closed.
 */
async function opened(name: PageName, visit: (page: Page) => Promise<void>): Promise<void> {
  const { address, stop } = await serveExample(name);
  const page = await browser.newPage({ viewport: { width: 900, height: 800 } });
  const errors: Error[] = [];
  page.on("pageerror", (error) => errors.push(error));
  try {
    await page.goto(address);
    await visit(page);
    expect(errors).toEqual([]);
  } finally {
    await page.close();
    await stop();
  }
}

/** The numbers of a text, in order. */
const numbersIn = (text: string | null) => text?.match(/\d+(\.\d+)?/g)?.map(Number) ?? [];

describe("examples/worker", () => {
  it("trains in a worker, tells of each epoch and draws the curves", () =>
    opened("worker", async (page) => {
      await page.fill("#epochs", "12");
      await page.click("#train:enabled");
      const status = page.locator("#status", { hasText: "Done" });
      await status.waitFor();
      const [, rightPercent] = numbersIn(await status.textContent());
      expect(rightPercent).toBeGreaterThan(93);
      expect(
        await page.locator("#progress").evaluate((bar: HTMLProgressElement) => bar.value / bar.max),
      ).toBe(1);
      for (const name of ["training", "validation"]) {
        const points = await page.locator(`polyline.${name}`).getAttribute("points");
        expect(points?.split(" ")).toHaveLength(12);
      }
      await page.screenshot({ path: join(out, "worker.png") });
    }));

  it("cancels between two steps, and trains again", () =>
    opened("worker", async (page) => {
      await page.fill("#epochs", "1000");
      await page.click("#train:enabled");
      await page.locator("#status", { hasText: /^Epoch \d+ of 1000/ }).waitFor();
      await page.click("#cancel");
      const cancelled = page.locator("#status", { hasText: "Cancelled after epoch" });
      await cancelled.waitFor();
      expect(numbersIn(await cancelled.textContent())[0]).toBeLessThan(1000);
      expect(await page.locator("#cancel").isDisabled()).toBe(true);
      await page.fill("#epochs", "2");
      await page.click("#train:enabled");
      await page.locator("#status", { hasText: "Done" }).waitFor();
    }));

  it("goes on where it was when the page is reloaded, to the losses of a training that was left alone", () =>
    opened("worker", async (page) => {
      const epochs = 30;
      const done = page.locator("#status", { hasText: "Done" });
      const curves = () =>
        Promise.all(
          ["training", "validation"].map((name) => page.locator(`polyline.${name}`).getAttribute("points")),
        );
      await page.fill("#epochs", String(epochs));
      await page.click("#train:enabled");
      await done.waitFor();
      const whole = await curves();
      expect(whole[0]?.split(" ")).toHaveLength(epochs);
      // What is done is not there to go on with.
      await page.reload();
      await page.locator("#status", { hasText: "Ready" }).waitFor();
      expect(await page.locator("#resume").isDisabled()).toBe(true);

      await page.fill("#epochs", String(epochs));
      await page.click("#train:enabled");
      await page.locator("#status", { hasText: /^Epoch [2-9] of/ }).waitFor();
      await page.reload();
      const left = page.locator("#status", { hasText: "Left after epoch" });
      await left.waitFor();
      const [epoch, of] = numbersIn(await left.textContent());
      expect(epoch).toBeLessThan(epochs);
      expect(of).toBe(epochs);
      expect((await curves())[0]?.split(" ")).toHaveLength(epoch);
      await page.screenshot({ path: join(out, "worker-left.png") });
      await page.click("#resume");
      await done.waitFor();
      expect(await curves()).toEqual(whole);
    }));
});

describe("examples/browser-minimal", () => {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  beforeAll(() => {
    // As its command does.
    const options = ["--epochs", "30", "--save", "out/digits-cnn.safetensors"];
    execFileSync("npx", ["tsx", "examples/mnist-cnn/main.ts", ...options], { cwd: root, stdio: "ignore" });
  });
  const answer = async (page: Page) =>
    numbersIn(
      await page
        .locator("#result .best")
        .allTextContents()
        .then((cells) => cells.join(" ")),
    );

  it("reads nine of the ten digits that it shows, or all", () =>
    opened("browser-minimal", async (page) => {
      await page.locator("#model", { hasText: "8 x 8 pixels to 10 digits" }).waitFor();
      const right: number[] = [];
      for (let digit = 0; digit < 10; digit++) {
        await page.click(`button[aria-label="a ${digit}"]`);
        const [best, percent] = await answer(page);
        expect(percent).toBeGreaterThan(20);
        if (best === digit) right.push(digit);
      }
      expect(right.length).toBeGreaterThanOrEqual(9);
      await page.click('button[aria-label="a 3"]');
      await page.screenshot({ path: join(out, "browser-minimal.png") });
    }));

  it("reads a one and a nought that are drawn, wherever and however large they are", () =>
    opened("browser-minimal", async (page) => {
      await page.locator("#model", { hasText: "8 x 8 pixels to 10 digits" }).waitFor();
      const box = await page.locator("#drawing").boundingBox();
      if (!box) throw new Error("there is nothing to draw on");
      await page.click('button[aria-label="a 8"]');
      const draw = async (points: readonly (readonly [number, number])[]) => {
        const [[x, y], ...rest] = points.map(([x, y]) => [box.x + x, box.y + y]);
        await page.mouse.move(x, y);
        await page.mouse.down();
        for (const [x, y] of rest) await page.mouse.move(x, y);
        await page.mouse.up();
        return (await answer(page))[0];
      };
      const oval = (radius: number) =>
        Array.from(
          { length: 41 },
          (_, i) =>
            [
              128 + 0.7 * radius * Math.sin((i * Math.PI) / 20),
              128 - radius * Math.cos((i * Math.PI) / 20),
            ] as const,
        );
      expect(
        await draw([
          [60, 30],
          [60, 120],
          [60, 220],
        ]),
      ).toBe(1);
      await page.click("#clear");
      expect(await draw(oval(70))).toBe(0);
      await page.click("#clear");
      expect(await draw(oval(100))).toBe(0);
      await page.screenshot({ path: join(out, "browser-minimal-drawn.png") });
    }));

  it("says what to do when there is no model", async () => {
    const page = await browser.newPage();
    await page.route("**/digits-cnn.safetensors", (route) => route.fulfill({ status: 404 }));
    const { address, stop } = await serveExample("browser-minimal");
    await page.goto(address);
    await page
      .locator("#model", { hasText: /answered 404.*npm run example:browser-minimal trains the model/ })
      .waitFor();
    await page.close();
    await stop();
  });
});
