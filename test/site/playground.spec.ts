import { describe, expect, it } from "vitest";
import { HASH_DIGITS } from "../../site/playground/link.js";
import type { BrowserContext, Page } from "../../site/testing.js";
import { hashInNode, links } from "./links.js";
import { address, ended, hashOf, play, ready, useSite, visit } from "./support.js";

useSite();

describe("the hash of a recipe", () => {
  it.each(links)("%s#%s is that of Node, at every speed", async (path, link) => {
    const expected = await hashInNode(link);
    await visit(`${path}#${link}`, async (page) => {
      expect(await play(page, "Max")).toBe(expected);
      expect(await play(page, "×100")).toBe(expected);
    });
  });

  it("is the same one batch at a time, with pauses and steps in between", () =>
    visit("playground/#v=1&scene=points&data=moons,40,0,1&epochs=2&batch=15", async (page) => {
      const expected = await hashInNode("v=1&scene=points&data=moons,40,0,1&epochs=2&batch=15");
      await ready(page);
      await page.locator("fieldset label", { hasText: "Batch" }).click();
      const step = page.getByRole("button", { name: "Step: one batch" });
      await step.click();
      const first = await hashOf(page);
      await step.click();
      await expect.poll(() => hashOf(page)).not.toBe(first);
      await page.locator("button.play").click();
      expect(await ended(page)).toBe(expected);
    }));
});

describe("a run", () => {
  it("has the same bits by the scalar build where the SIMD build does not come", async () => {
    const link = "v=1&scene=points&epochs=10";
    const expected = await hashInNode(link);
    const look = async (page: Page, context: BrowserContext): Promise<void> => {
      await context.route("**/*.wasm", (route) => route.abort());
      await page.goto(address(`playground/#${link}`));
      expect(await play(page)).toBe(expected);
      await page.getByText("s, scalar").waitFor();
    };
    await visit("about:blank", look, { blocksOffline: true, mayFail: true });
  });

  it("is shared by a link, which another browser checks", async () => {
    let link = "";
    let hash = "";
    await visit("playground/", async (page, context) => {
      await context.grantPermissions(["clipboard-read", "clipboard-write"]);
      await ready(page);
      await page.getByRole("button", { name: "Moons" }).click();
      hash = await play(page);
      await page.getByRole("button", { name: "Share" }).click();
      await page.getByRole("button", { name: "Copy" }).click();
      await page.getByText("Link copied").waitFor();
      link = await page.evaluate(() => navigator.clipboard.readText());
      expect(link).toBe(
        `${address("playground/")}#v=1&scene=points&data=moons,400,0.02,1&sha=${hash.slice(0, HASH_DIGITS)}`,
      );
    });
    const path = link.slice(address().length);
    await visit(path, async (page) => {
      expect(await play(page, "×100")).toBe(hash);
      await page.locator(".verdict.same", { hasText: "The same bits as the link" }).waitFor();
      await page.reload();
      expect(await play(page)).toBe(hash);
      await page.locator(".verdict.same").waitFor();
    });
    await visit(
      path.replace(/.$/, (digit) => (digit === "0" ? "1" : "0")),
      async (page) => {
        await play(page);
        await page.locator(".verdict.other", { hasText: "Different bits" }).waitFor();
      },
    );
  });

  it("keeps its pace when paused, and goes on to the same bits", () =>
    visit("playground/#v=1&scene=points&epochs=300", async (page) => {
      await ready(page);
      await page.locator("button.play").click();
      await page.locator(".epoch dd", { hasText: /^[1-9]/ }).waitFor();
      await page.locator("button.play", { hasText: "Pause" }).click();
      const paused = await hashOf(page);
      const epoch = await page.locator(".epoch dd").innerText();
      await page.locator("fieldset label", { hasText: "Max" }).click();
      expect(await page.locator(".epoch dd").innerText()).toBe(epoch);
      await page.locator("button.play").click();
      expect(await ended(page)).not.toBe(paused);
      expect(await hashOf(page)).toBe(await hashInNode("v=1&scene=points&epochs=300"));
    }));

  it("takes a rate and a weight while it runs, and the link repeats both", async () => {
    let path = "";
    let hash = "";
    await visit("playground/#v=1&scene=points&epochs=200", async (page) => {
      await ready(page);
      await page.locator("button.play").click();
      await page.locator(".epoch dd", { hasText: /^[1-9]/ }).waitFor();
      await page.getByLabel("Learning rate").selectOption("0.01");
      await expect.poll(() => page.url()).toContain("rate:0.01");
      await page.locator("button.play", { hasText: "Pause" }).click();
      // By keyboard: from the first unit to the one below, its weights, the first of them.
      await page.locator("[data-unit='0 0']").focus();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      const weight = page.getByRole("region", { name: "Layer 1, unit 2" }).getByRole("spinbutton").first();
      await expect.poll(() => weight.evaluate((field) => field === document.activeElement)).toBe(true);
      await weight.fill("0.5");
      await weight.press("Enter");
      await expect.poll(() => decodeURIComponent(page.url())).toMatch(/:p0\.1:0\.5/);
      await page.keyboard.press("Escape");
      const focused = () => page.evaluate(() => document.activeElement?.getAttribute("data-unit"));
      await expect.poll(focused).toBe("0 1");
      await page.locator("fieldset label", { hasText: "Max" }).click();
      await page.locator("button.play").click();
      hash = await ended(page);
      path = page.url().slice(address().length);
    });
    await visit(path, async (page) => {
      await page.locator(".words", { hasText: "the rate becomes 0.01" }).waitFor();
      expect(await play(page)).toBe(hash);
      await page.locator(".verdict.same").waitFor();
    });
  });

  it("takes a batch, an L2 penalty and an optimizer while it runs, and the link repeats them", async () => {
    let path = "";
    let hash = "";
    await visit("playground/#v=1&scene=points&epochs=200", async (page) => {
      await ready(page);
      await page.locator("button.play").click();
      await page.locator(".epoch dd", { hasText: /^[1-9]/ }).waitFor();
      const l2 = page.getByLabel("L2", { exact: true });
      await l2.fill("0.001");
      await l2.press("Enter");
      await expect.poll(() => page.url()).toContain(":l2:0.001");
      await page.locator("button.play", { hasText: "Pause" }).click();
      // In the middle of an epoch, it waits for the next one.
      await page.getByRole("button", { name: "Step: one batch" }).click();
      await page.getByLabel("Optimizer").selectOption("rmsprop");
      const batch = page.getByLabel("Batch", { exact: true }).last();
      await batch.fill("25");
      await batch.press("Enter");
      await page.getByText("From the next epoch on").waitFor();
      expect(page.url()).not.toContain(":opt:");
      await page.locator("fieldset label", { hasText: "×10" }).first().click();
      await page.locator("button.play").click();
      await expect.poll(() => page.url()).toContain(":batch:25");
      expect(page.url()).toContain(":opt:rmsprop");
      await page.getByText("From the next epoch on").waitFor({ state: "detached" });
      expect(await batch.inputValue()).toBe("25");
      await page.locator("fieldset label", { hasText: "Max" }).click();
      hash = await ended(page);
      path = page.url().slice(address().length);
    });
    await visit(path, async (page) => {
      await page.locator(".words", { hasText: "the optimizer becomes rmsprop" }).waitFor();
      expect(await play(page)).toBe(hash);
      await page.locator(".verdict.same").waitFor();
      expect(await page.getByLabel("Optimizer").inputValue()).toBe("rmsprop");
    });
  });

  it("whose numbers grow without end says so, and the page lives", () =>
    visit("playground/curve#v=1&scene=curve&opt=sgd&rate=10&net=16relu,16relu", async (page) => {
      await ready(page);
      await page.locator("button.play").click();
      await page.locator(".failed", { hasText: "Lower the learning rate" }).waitFor();
      await page.getByLabel("Learning rate").selectOption("0.01");
      expect(await play(page)).toMatch(/^[0-9a-f]{64}$/);
    }));
});

describe("the recipe", () => {
  it("is edited by the panels, and undone", () =>
    visit("playground/", async (page) => {
      await ready(page);
      const words = page.locator(".words");
      await page.getByRole("button", { name: "One unit more in layer 1" }).click();
      await page.getByLabel("Activation of layer 2").selectOption("relu");
      await page.getByRole("button", { name: "+ layer" }).click();
      await page.getByRole("button", { name: "Input x²" }).click();
      await page.getByLabel("Batch", { exact: true }).last().fill("25");
      await page.keyboard.press("Tab");
      await words.filter({ hasText: "3-9-8-8-1 network with tanh and relu" }).waitFor();
      expect(page.url()).toMatch(/in=x,y,x2&net=9tanh,8relu,8relu&batch=25$/);
      for (let i = 0; i < 5; i++) await page.getByRole("button", { name: "Undo" }).click();
      await words.filter({ hasText: "2-8-8-1 network with tanh" }).waitFor();
      expect(page.url()).toMatch(/#v=1&scene=points$/);
    }));

  it("has a layer of more units than are drawn, which says how many", () =>
    visit("playground/", async (page) => {
      await ready(page);
      const units = page.getByLabel("Units of layer 1");
      await units.fill("40");
      await units.press("Enter");
      await page.locator(".words", { hasText: "2-40-8-1" }).waitFor();
      await page.getByText("+ 25 more").waitFor();
      expect(await page.locator("[data-unit^='0 ']").count()).toBe(15);
      await units.fill("999");
      await units.press("Enter");
      await page.locator(".words", { hasText: "2-64-8-1" }).waitFor();
      await play(page, "×100");
    }));

  it("has layers and units that are added and removed by keys", () =>
    visit("playground/", async (page) => {
      await ready(page);
      await page.locator("[data-unit='0 0']").focus();
      const words = page.locator(".words");
      await page.keyboard.press("+");
      await words.filter({ hasText: "2-9-8-1" }).waitFor();
      await page.keyboard.press("-");
      await page.keyboard.press("-");
      await words.filter({ hasText: "2-7-8-1" }).waitFor();
      await page.keyboard.press("l");
      await words.filter({ hasText: "2-7-8-8-1" }).waitFor();
      await page.keyboard.press("Shift+L");
      await page.keyboard.press("Shift+L");
      await words.filter({ hasText: "2-7-1" }).waitFor();
    }));

  it("has points that are drawn by hand", () =>
    visit("playground/", async (page) => {
      await ready(page);
      await page.getByRole("button", { name: "Draw" }).click();
      await page.getByRole("button", { name: "Clear" }).click();
      const box = await page.locator(".picture").boundingBox();
      if (!box) throw new Error("no picture");
      for (const [label, share] of [
        ["Class 1", 0.25],
        ["Class 2", 0.75],
      ] as const) {
        await page.getByRole("button", { name: label }).click();
        for (let i = 1; i < 10; i++)
          await page.mouse.click(box.x + box.width * share, box.y + (box.height * i) / 10);
      }
      await page.locator(".words", { hasText: "18 points drawn by hand" }).waitFor();
      expect(page.url()).toContain("data=own,");
      expect(await play(page)).toMatch(/^[0-9a-f]{64}$/);
      await page.getByRole("button", { name: "Results" }).click();
      await page.locator(".pg-figure", { hasText: "100.0 %" }).waitFor();
    }));

  it("of a link that is wrong is told, part by part", () =>
    visit("playground/#v=1&scene=points&rate=fast&colour=red", async (page) => {
      const notice = page.getByRole("alert");
      await notice.filter({ hasText: "The learning rate must be a number" }).waitFor();
      expect(await notice.innerText()).toContain('"colour" is not part of a recipe.');
      await ready(page);
    }));

  it("has a formula that is typed, or refused with the reason", () =>
    visit("playground/curve", async (page) => {
      await ready(page);
      const formula = page.getByLabel("Formula of x");
      await formula.fill("1/x");
      await formula.press("Enter");
      await page.getByText("At x = 0 the formula is Infinity").waitFor();
      await formula.fill("x^3 - x/2");
      await formula.press("Enter");
      await page.locator(".words", { hasText: "f(x) = x^3 - x/2" }).waitFor();
      expect(await play(page)).toBe(await hashInNode("v=1&scene=curve&data=formula,200,0,x^3-x/2"));
    }));
});

describe("the lenses and keys", () => {
  it("race the builds, of which two have the same bits", () =>
    visit("playground/#v=1&scene=points&epochs=50", async (page) => {
      await ready(page);
      await page.keyboard.press("3");
      await page.getByRole("button", { name: "Race the builds" }).click();
      await page.getByRole("button", { name: "Race the builds again" }).waitFor();
      await page.getByText("Scalar and SIMD have the same bits.").waitFor();
      expect(await page.locator(".races tbody tr").count()).toBeGreaterThanOrEqual(2);
    }));

  it("write out a step of backpropagation, and check its gradients", () =>
    visit("playground/#v=1&scene=points&net=3tanh&epochs=5", async (page) => {
      await ready(page);
      await page.keyboard.press("2");
      const gradient = page.getByRole("group", { name: "gradient of the weights" });
      await gradient.locator("td").nth(4).click();
      const [, written] = /= (-?[\d.e-]+)$/.exec(await page.locator(".sum").last().innerText()) ?? [];
      expect(Number(written)).toBeCloseTo(Number(await gradient.locator("td").nth(4).innerText()), 3);
      await page.getByRole("button", { name: "Check by central differences" }).click();
      await page.getByText("Relative error").first().waitFor();
    }));

  it("show the step in the notation of a note, which the link keeps and the bits do not notice", () =>
    visit("playground/#v=1&scene=points&net=3tanh&epochs=5", async (page) => {
      const hash = await play(page);
      await page.keyboard.press("2");
      const inputs = page.getByRole("group", { name: "net inputs", exact: true });
      const numbers = async () =>
        (await inputs.locator("tr").all()).map((row) => row.locator("td").allInnerTexts());
      // The lens is fetched when it is opened.
      await inputs.locator("tr td").first().waitFor();
      const rows = await Promise.all(await numbers());
      await page.getByLabel("Notation").selectOption("Mehrotra");
      await page.locator(".formula", { hasText: "δl = ∇aˡ C ⊙ σ′(zl)" }).waitFor();
      const columns = await Promise.all(await numbers());
      expect(columns).toEqual(rows[0].map((_, i) => rows.map((row) => row[i])));
      expect(page.url()).toMatch(new RegExp(`&sha=${hash.slice(0, HASH_DIGITS)}&notation=mehrotra$`));
      await page.reload();
      await page.locator(".formula", { hasText: "zl = wl al−1 + bl" }).waitFor();
      expect(await play(page)).toBe(hash);
      await page.locator(".verdict.same").waitFor();
    }));

  it("stack the histograms of a run, with a table of them", () =>
    visit("playground/#v=1&scene=points&epochs=90", async (page) => {
      await play(page, "Max");
      await page.keyboard.press("4");
      await page.getByRole("img", { name: "Histograms over 23 epochs: Weights of Layer 1" }).waitFor();
      await page.getByRole("button", { name: "Show as table" }).first().click();
      const table = page.getByRole("group", { name: "Table: Weights of Layer 1" });
      expect(await table.locator("tbody tr").count()).toBe(23);
      expect(await table.locator("tbody tr").last().locator("td").first().innerText()).toBe("88");
    }));

  it("play, step and restart by keys, which can be turned off", () =>
    visit("playground/#v=1&scene=points&epochs=20000", async (page) => {
      await ready(page);
      await page.keyboard.press(".");
      await hashOf(page);
      await page.keyboard.press("Space");
      await page.locator("button.play", { hasText: "Pause" }).waitFor();
      await page.keyboard.press("Space");
      await page.keyboard.press("r");
      await page.locator(".epoch dd", { hasText: /^0/ }).waitFor();
      await page.keyboard.press("?");
      await page.getByLabel("Use these keys").uncheck();
      await page.keyboard.press("Escape");
      await page.keyboard.press("2");
      expect(await page.getByRole("button", { name: "Network" }).getAttribute("aria-pressed")).toBe("true");
    }));

  it("start nothing by itself for people who want little motion", () =>
    visit(
      "playground/#v=1&scene=points&run",
      async (page) => {
        await page.locator("button.play", { hasText: /^\s*Play\s*$/ }).waitFor();
        await ready(page);
      },
      { calm: true },
    ));
});

describe("the network on a phone", () => {
  it("has heads of layers that lie beside each other and above the units", () =>
    visit(
      "playground/",
      async (page) => {
        await ready(page);
        const boxesOf = (selector: string) =>
          page
            .locator(selector)
            .evaluateAll((elements) => elements.map((element) => element.getBoundingClientRect().toJSON()));
        const buttons = await boxesOf(".count button");
        expect(buttons).toHaveLength(6);
        for (const [i, { left }] of buttons.slice(1).entries())
          expect(left).toBeGreaterThanOrEqual(buttons[i].right);
        const top = Math.min(...(await boxesOf(".unit")).map(({ top }) => top));
        for (const { bottom } of await boxesOf(".head select")) expect(bottom).toBeLessThanOrEqual(top);
      },
      { width: 390, height: 844 },
    ));
});

describe("a page of which a file does not come", () => {
  it.each([
    ["the playground itself", "PlaygroundPage", "A part of this page could not be loaded."],
    ["a panel of the scene", "DigitsAnswer", "A part of this page could not be loaded."],
    ["the trainer", "trainer-", "The trainer could not be loaded. Reload the page."],
  ])("says so: %s", (_, file, words) =>
    visit(
      "about:blank",
      async (page, context) => {
        await context.route(`**/${file}*.js`, (route) => route.abort());
        await page.goto(address("playground/digits"));
        await page.getByRole("alert").filter({ hasText: words }).waitFor();
      },
      { blocksOffline: true, mayFail: true },
    ),
  );
});
