import { readFile } from "node:fs/promises";
import { createBackend } from "lanewise";
import { describe, expect, it } from "vitest";
import { loadDigitImages } from "../../site/playground/data/digit-images.js";
import { decode, HASH_DIGITS } from "../../site/playground/link.js";
import { lap } from "../../site/playground/race.js";
import type { Page } from "../../site/testing.js";
import { drawSeven, ended, hashOf, play, ready, useSite, visit } from "./support.js";

useSite();

const reading = (page: Page, digit: number) =>
  page.locator(".reading", { hasText: new RegExp(`Reads a ${digit}`) }).waitFor();
const name = (page: Page, digit: number) =>
  page.getByRole("button", { name: `This is a ${digit}`, exact: true }).click();

describe("the scene Digits", () => {
  it("learns when the first stroke ends, and reads a seven", () =>
    visit("playground/digits", async (page) => {
      await ready(page);
      await drawSeven(page);
      await ended(page);
      await reading(page, 7);
      expect(await page.locator(".images").first().locator("li").count()).toBe(10);
      await page.getByText("Nearest to yours").waitFor();
    }));

  it("learns anew what it is told, to bits that the link gives in another browser", async () => {
    let link = "";
    let hash = "";
    await visit("playground/digits", async (page) => {
      await ready(page);
      await drawSeven(page);
      const before = await ended(page);
      await name(page, 4);
      await expect.poll(() => hashOf(page)).not.toBe(before);
      hash = await ended(page);
      await reading(page, 4);
      link = page.url();
      expect(link).toContain(`sha=${hash.slice(0, HASH_DIGITS)}`);
      await page
        .getByRole("region", { name: "Recipe" })
        .filter({ hasText: "1 drawn by hand, 10 times each" })
        .waitFor();
      await page.getByRole("button", { name: "Undo" }).click();
      await page.getByRole("region", { name: "Recipe" }).filter({ hasNotText: "drawn by hand" }).waitFor();
      expect(await play(page)).toBe(before);
    });
    await visit(link.replace(/^https?:\/\/[^/]+\//, ""), async (page) => {
      expect(await play(page, "×100")).toBe(hash);
      await page.locator(".verdict.same").waitFor();
      await page.getByRole("button", { name: "Remove your 4, number 1" }).click();
      await page.getByRole("region", { name: "Recipe" }).filter({ hasNotText: "drawn by hand" }).waitFor();
    });
  });

  it("shows the feature maps of a convolutional network, and the arithmetic of each number", () =>
    visit("playground/digits", async (page) => {
      await ready(page);
      await page.getByRole("radio", { name: "Convolutional" }).check({ force: true });
      await page.locator(".words", { hasText: "8 and 16 filters of 3 × 3 pixels, each pooled" }).waitFor();
      expect(await page.getByRole("button", { name: "Equations" }).count()).toBe(0);
      await drawSeven(page);
      const hash = await ended(page);
      await reading(page, 7);
      for (const [name, count] of [
        ["Convolution 1", 8],
        ["Pool 1", 8],
        ["Convolution 2", 16],
        ["Pool 2", 16],
      ] as const)
        expect(await page.getByRole("button", { name: `${name}, map` }).count()).toBe(count);

      await page.getByRole("button", { name: "Convolution 2, map 3 of" }).click();
      const detail = page.getByRole("region", { name: "Convolution 2, map 3" });
      const sum = detail.locator(".sum");
      expect(await detail.getByRole("button", { name: /^Map \d adds/ }).count()).toBe(8);
      const figures = async () => {
        const [, z, a] = /= (-?[\d.e-]+), relu\(z\) = (-?[\d.e-]+)$/.exec(await sum.innerText()) ?? [];
        return { z: Number(z), a: Number(a) };
      };
      for (const arrow of ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"]) {
        await detail.getByRole("group", { name: "Output map" }).press(arrow);
        const { z, a } = await figures();
        expect(Math.abs(a - Math.max(0, z))).toBeLessThan(0.001);
      }
      await page.getByRole("button", { name: "Pool 1, map 2 of" }).click();
      await page.getByText(/^The largest of the window is/).waitFor();
      await page.getByRole("button", { name: "Close" }).click();

      await name(page, 4);
      await expect.poll(() => hashOf(page)).not.toBe(hash);
      const corrected = await ended(page);
      await reading(page, 4);
      const { recipe, problems } = decode(new URL(page.url()).hash);
      expect(problems).toEqual([]);
      const file = new URL("../../examples/digits/data/digits.csv.gz", import.meta.url);
      await loadDigitImages(async () => new Uint8Array(await readFile(file)));
      expect((await lap(await createBackend(), recipe)).hash).toBe(corrected);

      await page.getByRole("button", { name: "Insides" }).click();
      await page.getByRole("button", { name: "Convolution 2" }).click();
      await page.getByRole("heading", { name: "Weights of Convolution 2" }).waitFor();
      await page.getByRole("button", { name: "Results" }).click();
      await page.locator(".pg-figure", { hasText: /^9\d\.\d %/ }).waitFor();
      await page.getByRole("button", { name: "Race", exact: true }).click();
      await page.getByRole("button", { name: "Race the builds" }).click();
      await page.getByText("Scalar and SIMD have the same bits.").waitFor();
    }));

  it("puts an image of the set on the pad", () =>
    visit("playground/digits", async (page) => {
      await play(page);
      const image = page.locator(".images").first().getByRole("button").nth(3);
      const label = await image.getByRole("img").getAttribute("aria-label");
      await image.click();
      await page.getByText("Nearest to yours").waitFor();
      await reading(page, Number(label?.at(-1)));
      await drawSeven(page);
      await reading(page, 7);
    }));

  it("is drawn on with the keyboard", () =>
    visit("playground/digits", async (page) => {
      await ready(page);
      const pad = page.getByRole("application");
      await pad.focus();
      // Down the fourth column: a one.
      await page.keyboard.press("Space");
      await page.locator("button.play", { hasText: "Play again" }).waitFor();
      for (let row = 1; row < 8; row++) {
        await page.keyboard.press("ArrowDown");
        await page.keyboard.press("Space");
      }
      await reading(page, 1);
      expect(await page.locator("#pad-cell").innerText()).toBe("Row 8, column 4, ink");
      await page.keyboard.press("Delete");
      await page.locator(".reading", { hasText: /^$/ }).waitFor({ state: "attached" });
    }));

  it("has the lenses of every scene", () =>
    visit("playground/digits", async (page) => {
      await play(page);
      await page.getByRole("button", { name: "Results" }).click();
      await page.locator(".pg-figure", { hasText: /^9\d\.\d %/ }).waitFor();
      expect(await page.locator(".results table").first().locator("tbody tr").count()).toBe(10);
      await page.getByRole("button", { name: "Race", exact: true }).click();
      await page.getByRole("button", { name: "Race the builds" }).click();
      await page.getByText("Scalar and SIMD have the same bits.").waitFor();
    }));

  it("is drawn on by touch, and reads on a phone", () =>
    visit(
      "playground/digits",
      async (page) => {
        await ready(page);
        await drawSeven(page);
        await ended(page);
        await reading(page, 7);
      },
      { width: 390, height: 844 },
    ));
});
