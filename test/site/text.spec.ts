import { readFileSync } from "node:fs";
import { createBackend, loadModel } from "lanewise";
import * as text from "lanewise/text";
import { describe, expect, it } from "vitest";
import type { Page } from "../../site/testing.js";
import { textHashInNode, textLinks } from "./links.js";
import { address, ended, hashOf, play, ready, useSite, visit } from "./support.js";

useSite();

const sheet = (page: Page) => page.getByRole("region", { name: "The text that it writes" });
const slider = (page: Page) => page.getByRole("slider", { name: "Character of the passage" });
const link = (page: Page) => page.evaluate(() => location.hash);
const epochsOf = async (page: Page) => Number.parseInt(await page.locator(".epoch dd").innerText(), 10);

const [[, SMALL]] = textLinks;

describe("the run of a text", () => {
  it.each(textLinks)("%s#%s ends with the hash of Node", async (path, recipe) => {
    const expected = await textHashInNode(recipe);
    await visit(`${path}#${recipe}`, async (page) => {
      expect(await play(page, "Max")).toBe(expected);
      expect(await link(page)).toBe(`#${recipe}&sha=${expected?.slice(0, 16)}`);
      await page.reload();
      await ready(page);
      expect(await play(page)).toBe(expected);
      await page.locator(".verdict.same", { hasText: "The same bits as the link" }).waitFor();
    });
  });

  it("steps batch by batch, and goes on to the same bits", async () => {
    const expected = await textHashInNode(SMALL);
    await visit(`playground/text#${SMALL}`, async (page) => {
      await ready(page);
      await page.getByRole("button", { name: "Step: one batch" }).click();
      const first = await hashOf(page);
      await page.keyboard.press(".");
      await expect.poll(() => hashOf(page)).not.toBe(first);
      expect(await play(page, "Max")).toBe(expected);
    });
  });

  it("goes on after the page is loaded again, to the same bits", async () => {
    const recipe = SMALL.replace("epochs=2", "epochs=9");
    const expected = await textHashInNode(recipe);
    await visit(`playground/text#${recipe}`, async (page) => {
      await ready(page);
      await page.locator("button.play").click();
      await expect.poll(() => epochsOf(page)).toBeGreaterThan(2);
      await page.locator("button.play", { hasText: "Pause" }).click();
      await hashOf(page);
      const epoch = await epochsOf(page);
      await page.reload();
      await page.locator(".verdict", { hasText: `Resumed at epoch ${epoch}` }).waitFor();
      expect(await play(page)).toBe(expected);
    });
  });

  it("keeps a rate that was changed while it ran in its link", () =>
    visit(`playground/text#${SMALL.replace("epochs=2", "epochs=6")}`, async (page) => {
      await ready(page);
      await page.locator("button.play").click();
      await expect.poll(() => epochsOf(page)).toBeGreaterThan(0);
      await page.getByLabel("Learning rate").selectOption("0.001");
      const hash = await ended(page);
      const changed = (await link(page)).slice(1);
      expect(changed).toMatch(/&at=\d+(\.\d+)?:rate:0\.001&/);
      expect(await textHashInNode(changed)).toBe(hash);
    }));
});

describe("what is shown of it", () => {
  it("is what it writes behind a prompt, anew where one asks for it", () =>
    visit("playground/text", async (page) => {
      await ready(page);
      await page.getByText("Chance wrote this").waitFor();
      expect(await sheet(page).locator("b").innerText()).toBe("Shall I ");
      const before = await sheet(page).innerText();
      await page.getByRole("button", { name: "Another" }).click();
      await expect.poll(() => sheet(page).innerText()).not.toBe(before);
      await page.getByLabel("Begins with").fill("My love€");
      await expect.poll(() => sheet(page).locator("b").innerText()).toBe("My love");
      await page.getByLabel("Temperature").fill("0");
      const likeliest = await sheet(page).innerText();
      await page.locator("button.play").click();
      await expect.poll(() => sheet(page).innerText()).not.toBe(likeliest);
      await page.locator("button.play", { hasText: "Pause" }).click();
    }));

  it("is what it expects after each character, by keys and by pointing", () =>
    visit(`playground/text#${SMALL.replace("gru,16,1", "transformer,16,2,2")}`, async (page) => {
      await play(page);
      await slider(page).focus();
      await page.keyboard.press("Home");
      expect(await slider(page).getAttribute("aria-valuenow")).toBe("1");
      const first = await slider(page).getAttribute("aria-valuetext");
      expect(first).toMatch(/; likeliest next: .+, \d+(\.\d)? %$/);
      await page.keyboard.press("ArrowRight");
      expect(await slider(page).getAttribute("aria-valuenow")).toBe("2");
      await slider(page).locator("span").nth(9).hover();
      expect(await slider(page).getAttribute("aria-valuenow")).toBe("10");
      const shares = await page.locator("ul.next li > :nth-child(3)").allInnerTexts();
      expect(shares).toHaveLength(7);
      const numbers = shares.slice(0, 6).map(Number.parseFloat);
      expect(numbers).toEqual([...numbers].sort((a, b) => b - a));
      await page.getByText(/✓ comes in the text: \d+\.\d bits of surprise/).waitFor();
      const passage = await slider(page).innerText();
      await page.getByRole("button", { name: "Next passage" }).click();
      await expect.poll(() => slider(page).innerText()).not.toBe(passage);
    }));

  it("is what each head looks at", () =>
    visit("playground/text#v=1&scene=text&net=transformer,16,2,4&steps=32&epochs=1", async (page) => {
      await play(page);
      const heads = page.getByRole("button", { name: /^Block \d, head \d\. Looks most at / });
      expect(await heads.count()).toBe(8);
      await heads.nth(5).click();
      expect(await heads.nth(5).getAttribute("aria-pressed")).toBe("true");
      await page.getByText("Blue: what head 2 of block 2 looks at").waitFor();
      // The lower half of a map is drawn, and nothing above it.
      const drawn = await heads.nth(5).evaluate((button) => {
        const canvas = button.querySelector("canvas");
        const { data, width } =
          canvas?.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? {};
        const isDrawn = (row: number, column: number) =>
          (data?.[4 * (row * (width ?? 0) + column) + 3] ?? 0) > 0;
        return [isDrawn(20, 3), isDrawn(20, 20), isDrawn(3, 20)];
      });
      expect(drawn).toEqual([true, true, false]);
      await page.getByRole("button", { name: "Surprise" }).click();
      await page.getByText("Orange: the character surprised the model").waitFor();
    }));

  it("is what each unit of an LSTM puts out", () =>
    visit("playground/text#v=1&scene=text&net=lstm,16,2&steps=32&epochs=1", async (page) => {
      await play(page);
      await page.getByRole("img", { name: "Outputs of 16 units along the passage" }).waitFor();
      await page.getByLabel("Unit", { exact: true }).fill("7");
      await page.keyboard.press("Tab");
      await page.getByRole("combobox", { name: "Layer" }).selectOption("2");
      await page.getByText("unit 7 of layer 2 is on, or below zero").waitFor();
      await page.getByText(/^puts out -?[01]\.\d\d at the framed character$/).waitFor();
    }));
});

describe("a text of one's own", () => {
  const short = "The rain in Spain stays mainly in the plain, and so does the train. ".repeat(8);
  const long = "It was a dark and stormy night; the rain fell in torrents. ".repeat(120);

  async function paste(page: Page, given: string): Promise<void> {
    await page.getByRole("button", { name: "Your own" }).click();
    await page.getByLabel("Your text").fill(given);
    await page.getByRole("button", { name: "Learn this text" }).click();
  }

  it("travels in the link, where it is short", () =>
    visit(`playground/text#${SMALL}`, async (page) => {
      await ready(page);
      await paste(page, "too short");
      await page.getByRole("alert").filter({ hasText: "100 to 200,000 characters, not 9" }).waitFor();
      await paste(page, short);
      await page.getByText(`${short.length} characters, ${new Set(short).size} different`).waitFor();
      const hash = await play(page);
      expect(await textHashInNode((await link(page)).slice(1))).toBe(hash);
    }));

  it("stays in the browser, where it is long, and another one asks for it", async () => {
    let run = "";
    let hash = "";
    await visit(`playground/text#${SMALL}`, async (page) => {
      await ready(page);
      await paste(page, long);
      await page.getByText("7,080 characters").first().waitFor();
      hash = await play(page);
      run = await link(page);
      expect(run).toContain("data=far,7080,");
      expect(await textHashInNode(run.slice(1), long)).toBe(hash);
      await page.reload();
      expect(await play(page)).toBe(hash);
      await page.locator(".verdict.same").waitFor();
    });
    await visit(`playground/text${run}`, async (page) => {
      await page
        .getByRole("alert")
        .filter({ hasText: "a text of 7,080 characters that the link does not hold" })
        .waitFor();
      await paste(page, long);
      expect(await play(page)).toBe(hash);
      await page.locator(".verdict.same").waitFor();
    });
  });
});

describe("the rest of the page", () => {
  it("gives the model as a file, which Node loads and writes with", () =>
    visit(`playground/text#${SMALL}`, async (page) => {
      const hash = await play(page);
      await page.getByRole("button", { name: "Export" }).click();
      const coming = page.waitForEvent("download");
      await page.getByRole("button", { name: "Download: safetensors" }).click();
      const file = readFileSync(await (await coming).path());
      const model = await loadModel(await createBackend(), new Uint8Array(file));
      expect(await model.weightsDigest()).toBe(hash);
      const vocabulary = text.vocabularyFrom(model.metadata.vocabulary);
      let written = "";
      for await (const piece of text.generate(model, vocabulary, { prompt: "Shall I ", length: 30 }))
        written += piece;
      expect(written).toHaveLength(30);
    }));

  it("is shown in a frame of another page, and without what a lesson is to be without", async () => {
    await visit(`playground/text#${SMALL}&embed`, async (page) => {
      await play(page);
      await sheet(page).waitFor();
      expect(await page.getByRole("link", { name: "Open in the playground" }).getAttribute("href")).toContain(
        `${address("playground/text")}#v=1&scene=text`,
      );
      expect(await page.getByRole("heading", { name: "Data" }).count()).toBe(0);
    });
    await visit(`playground/text#${SMALL}&hide=data,training`, async (page) => {
      await ready(page);
      await slider(page).waitFor();
      expect(await page.getByRole("heading", { name: "Data" }).count()).toBe(0);
    });
  });

  it("says so where numbers diverge, and can be played with again", () =>
    visit(`playground/text#${SMALL}&opt=sgd&rate=1&batch=1`, async (page) => {
      await ready(page);
      await page.getByLabel("Learning rate").selectOption("0.001");
      expect(await play(page)).toMatch(/^[0-9a-f]{64}$/);
    }));

  it.each([
    ["the text", "**/sonnets*.txt", "The text could not be loaded. Reload the page."],
    ["the library", "**/live/text.js", "Failed to fetch dynamically imported module"],
  ])("says so where a file does not come: %s", (_, file, words) =>
    visit(
      "about:blank",
      async (page, context) => {
        await context.route(file, (route) => route.abort());
        await page.goto(address("playground/text"));
        await page.getByRole("alert").filter({ hasText: words }).waitFor();
      },
      { blocksOffline: true, mayFail: true },
    ),
  );
});
