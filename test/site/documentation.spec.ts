import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createBackend, dense, Sequential, saveModel, scaling } from "lanewise";
import { describe, expect, it } from "vitest";
import { pagesOf, sections } from "../../site/.vitepress/navigation.js";
import type { Page } from "../../site/testing.js";
import { guides, pages, programsOf } from "../support/documents.js";
import { useFilesOf } from "./files-of-pages.js";
import { folder, useSite, visit, visitOther } from "./support.js";

useSite();

/** The path of a page in the site. */
const pathOf = (page: string) => page.replace(/^site\//, "").replace(/(index)?\.md$/, "");
const livePages = guides.filter((page) => programsOf(page).some(({ live }) => live));

/** Presses Run, and returns what the program printed once it has ended. */
async function run(page: Page, index: number): Promise<string> {
  const program = page.locator(".live").nth(index);
  await program.getByRole("button", { name: "Run" }).click();
  await program.getByText(/^Done in \d+ ms$/).waitFor({ timeout: 60_000 });
  return program.locator(".output").innerText();
}

describe("programs in a page", () => {
  it("are there, in the tutorial and for those who migrate", () => {
    expect(livePages.length).toBeGreaterThanOrEqual(8);
  });

  it.each(livePages)("%s: each prints in the page what its comments say, without an error", (file) =>
    visit(pathOf(file), async (page) => {
      const live = programsOf(file).filter((program) => program.live);
      expect(await page.locator(".live").count()).toBe(live.length);
      for (const [i, { text }] of live.entries()) {
        const printed = await run(page, i);
        const promised = [...text.matchAll(/^ *console\.log\(.*\); \/\/ (.*)$/gm)].map(
          ([, output]) => output,
        );
        expect(printed.split("\n")).toEqual(expect.arrayContaining(promised));
        expect(await page.locator(".live").nth(i).locator(".output .error").count()).toBe(0);
      }
    }),
  );

  it("can be changed, say what is wrong with them, and are restored", () =>
    visit("tutorial/first-network", async (page) => {
      await page.getByRole("button", { name: "Edit" }).click();
      const editor = page.getByLabel("Program", { exact: true });
      expect(await editor.inputValue()).toBe(programsOf("site/tutorial/first-network.md")[0].text);
      await editor.fill('import { dense } from "lanewise";\nconsole.log(typeof dense, [1, { a: "b" }]);');
      expect(await run(page, 0)).toBe("function [ 1, { a: 'b' } ]\n");
      await editor.fill('import { dense } from "lanewise";\ndense(0);');
      expect(await run(page, 0)).toMatch(/^ValueError: dense expected units/);
      await page.getByRole("button", { name: "Restore" }).click();
      expect(await run(page, 0)).toContain("0.00 1.00 1.00 0.00");
    }));

  it("may use the names that their console is made of", () =>
    visit("tutorial/first-network", async (page) => {
      await page.getByRole("button", { name: "Edit" }).click();
      await page
        .getByLabel("Program", { exact: true })
        .fill('const [shown, line, table] = "abc";\nconsole.log(shown, line, table);');
      expect(await run(page, 0)).toBe("a b c\n");
    }));

  it("can be stopped when they do not end", () =>
    visit("tutorial/first-network", async (page) => {
      await page.getByRole("button", { name: "Edit" }).click();
      await page.getByLabel("Program", { exact: true }).fill('console.log("begins");\nfor (;;);');
      await page.getByRole("button", { name: "Run" }).click();
      await page.getByText("begins").waitFor();
      await page.getByRole("button", { name: "Stop" }).click();
      await page.getByText("Stopped.").waitFor();
      expect(await page.getByRole("button", { name: "Run" }).isVisible()).toBe(true);
    }));
});

describe("the last page of the tutorial", () => {
  const address = useFilesOf(
    "site/tutorial/everywhere.md",
    ["weather.html", "trainer.js", "page.js"],
    async () => ({
      "worker.html": '<!doctype html><script type="module" src="page.js"></script>',
      "weather.safetensors": saveModel(await weather()),
    }),
  );

  /** A model as the first program of the page trains it. */
  async function weather(): Promise<Sequential> {
    const model = new Sequential(await createBackend(), {
      inputShape: 2,
      seed: 1,
      labels: ["cold", "mild", "warm"],
      layers: [scaling({ mean: [14, 58], deviation: [10, 16] }), dense(3, { activation: "softmax" })],
    });
    const x = [2, 80, 11, 55, 26, 40];
    await model.fit(x, ["cold", "mild", "warm"], { loss: "categoricalCrossEntropy", epochs: 2000 });
    return model;
  }

  it("has a page that predicts what is typed", () =>
    visitOther(address("weather.html"), async (page) => {
      const answer = page.locator("output");
      await page.getByLabel("Degrees").fill("27");
      await page.getByLabel("Humidity").fill("40");
      await page.waitForFunction(() => document.querySelector("output")?.value === "warm");
      await page.getByLabel("Degrees").fill("1");
      await page.getByLabel("Humidity").fill("85");
      expect(await answer.innerText()).toBe("cold");
    }));

  it("has a worker that learns what the page sends, and gives back a model", () =>
    visitOther(address("worker.html"), async (page) => {
      await page.waitForFunction(() => document.title === "f(0.5) = 0.25", undefined, { timeout: 60_000 });
    }));
});

describe("the worker of the how-to", () => {
  const address = useFilesOf("site/how-to/web-worker.md", ["worker.js", "page.html"]);

  it("trains, and gives the page a model that predicts", () =>
    visitOther(address("page.html"), async (page) => {
      await page.getByRole("button", { name: "Train" }).click();
      await page.getByText("f(0.5) = 0.25").waitFor({ timeout: 60_000 });
    }));

  it("stops when the button is pressed", () =>
    visitOther(address("page.html"), async (page) => {
      await page.getByLabel("Epochs").fill("10000000");
      await page.getByRole("button", { name: "Train" }).click();
      await page.waitForFunction(() => (document.querySelector("progress")?.value ?? 0) > 0);
      await page.getByRole("button", { name: "Stop" }).click();
      await page.getByText("stopped").waitFor();
    }));
});

describe("finding one's way", () => {
  const links = sections.flatMap(pagesOf).map(({ link }) => link);

  it("each page of the documentation is in a sidebar once", () => {
    const paths = pages.filter((page) => page !== "README.md").map((page) => `/${pathOf(page)}`);
    expect(new Set(links).size).toBe(links.length);
    expect(paths.filter((path) => !links.includes(path))).toEqual([]);
  });

  it("the tutorial leads from page to page", () =>
    visit("tutorial/", async (page) => {
      for (const title of ["A first network", "A curve", "One step by hand", "Handwritten digits"]) {
        await page.locator(".pager-link.next").click();
        await page.getByRole("heading", { level: 1, name: title }).waitFor();
      }
    }));

  it("search finds a function of the API and a page of the tutorial", () =>
    visit("how-to/", async (page) => {
      await page.getByRole("button", { name: "Search" }).click();
      await page.locator("#localsearch-input").fill("batchNormalization");
      await page.locator(".result", { hasText: "batchNormalization" }).first().waitFor();
      await page.locator("#localsearch-input").fill("Handwritten digits");
      await page.locator(".result", { hasText: "digits" }).first().waitFor();
    }));

  it("a page that is not there says so, and leads home", () =>
    visit(
      "no-such-page",
      async (page) => {
        await page.getByText("404").waitFor();
        await page.getByRole("link", { name: "go to home" }).waitFor();
      },
      { mayFail: true },
    ));
});

describe("the reference of the API", () => {
  const html = (path: string) => readFileSync(join(folder, `${path}.html`), "utf8");

  it("spells out the names that a type stands for", () => {
    for (const [page, name] of [
      ["layers", "geluTanh"],
      ["losses", "softmaxCrossEntropy"],
      ["losses", "halfBatchMean"],
      ["optimizers", "adamw"],
      ["layers", "glorotUniform"],
      ["backend", "relaxed"],
      ["metrics", "accuracy"],
    ])
      expect(html(`api/${page}`)).toContain(name);
  });

  it("has a page for each topic and entry, with an anchor for each symbol and the examples of the sources", () => {
    const pages = readdirSync(join(folder, "api")).filter((name) => name.endsWith(".html"));
    expect(pages.length).toBe(27);
    for (const [page, anchor] of [
      ["layers", "dense"],
      ["models", "model"],
      ["models", "model-fit"],
      ["training", "fitoptions"],
      ["training", "fitoptions-epochs"],
      ["operations", "matrix"],
      ["table", "traintable"],
    ])
      expect(html(`api/${page}`)).toContain(`id="${anchor}"`);
    expect(html("api/tfjs")).toContain("writeFile");
  });

  it("lists the pages at the side, and the symbols of the open one", () =>
    visit("api/losses", async (page) => {
      const side = page.locator(".api-list");
      await side.getByRole("link", { name: "losses", exact: true }).click();
      expect(page.url()).toMatch(/api\/losses#losses-?\d?$/);
      expect(await side.getByRole("link", { name: "dense", exact: true }).count()).toBe(0);
      await side.getByRole("link", { name: "Layers", exact: true }).click();
      await side.getByRole("link", { name: "dense", exact: true }).waitFor();
    }));

  it("is found by the name of a symbol, by the words of its description, and by an option", () =>
    visit("api/", async (page) => {
      await page.getByRole("button", { name: "Search" }).click();
      for (const [words, found] of [
        ["batchNormalization", "layers#batchnormalization"],
        ["torchStateDict", "model-files#torchstatedict"],
        ["transposed convolution enlarges images", "convolution-and-pooling#conv2dtranspose"],
        ["decoupled weight decay", "optimizers#adamw"],
        ["validationSplit", "training#fitoptions"],
      ]) {
        await page.locator("#localsearch-input").fill(words);
        await page.locator(`.result[href$="api/${found}"]`).first().waitFor();
      }
    }));

  it("opens without a network after the first visit, each page of it", () =>
    visit("api/", async (page, context) => {
      await page.evaluate(async () => {
        const { active } = await navigator.serviceWorker.ready;
        if (active?.state !== "activated")
          await new Promise((resolve) => active?.addEventListener("statechange", resolve));
      });
      await context.setOffline(true);
      const pages = await page
        .locator(".api-list a")
        .evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).href));
      expect(pages.length).toBe(26);
      for (const url of pages) {
        await page.goto(url);
        await page.getByRole("heading", { level: 1 }).waitFor();
      }
    }));
});

describe("texts for language models", () => {
  it("llms.txt lists the pages in their order", () => {
    const list = readFileSync(join(folder, "llms.txt"), "utf8");
    const listed = [...list.matchAll(/^- \[.*?\]\((.*?)\): \S.*\.$/gm)].map(([, link]) => link);
    expect(listed).toEqual(sections.flatMap(pagesOf).map(({ link }) => link));
  });
});
