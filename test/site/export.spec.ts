import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { unzipSync } from "fflate";
import { createBackend, loadModel, type Model } from "lanewise";
import { importOnnx } from "lanewise/onnx";
import { importTfjs } from "lanewise/tfjs";
import { describe, expect, it } from "vitest";
import { sceneOf } from "../../site/playground/data/index.js";
import { decode } from "../../site/playground/link.js";
import { frameOf } from "../../site/playground/share/embedding.js";
import type { BrowserContext, Page } from "../../site/testing.js";
import { address, ended, hashOf, play, ready, useSite, visit, visitOther } from "./support.js";

useSite();

/** The file that a button of the dialog downloads. */
async function downloaded(page: Page, title: string): Promise<{ name: string; bytes: Uint8Array }> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: `Download: ${title}` }).click(),
  ]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

describe("the export", () => {
  it.each([
    ["playground/", "v=1&scene=points&epochs=60&data=rings"],
    ["playground/curve", "v=1&scene=curve&epochs=60"],
  ])("of %s#%s has the answers and the hash of the page in each format", (path, link) =>
    visit(`${path}#${link}`, async (page, context) => {
      await context.grantPermissions(["clipboard-read", "clipboard-write"]);
      const hash = await play(page);
      await page.getByRole("button", { name: "Export" }).click();
      await page.getByText("The weights are those of the end, after epoch 60.").waitFor();

      const file = await downloaded(page, "safetensors");
      const model = await loadModel(await createBackend(), file.bytes);
      expect(await model.weightsDigest()).toBe(hash);
      const { recipe } = decode(link);
      const { x } = sceneOf(recipe.scene).samples(recipe).training;
      const answers = Float32Array.from(model.predict(x) as Float32Array);
      const expectAnswers = (other: Model) => {
        const read = other.predict(x) as Float32Array;
        for (const [i, answer] of answers.entries())
          expect(Math.abs(read[i] - answer)).toBeLessThan(1e-6 * Math.max(1, Math.abs(answer)));
      };

      expectAnswers(importOnnx(await createBackend(), (await downloaded(page, "ONNX")).bytes));
      const { "model.json": json, ...shards } = unzipSync((await downloaded(page, "TensorFlow.js")).bytes);
      expectAnswers(await importTfjs(await createBackend(), new TextDecoder().decode(json), shards));
      expect(Object.keys(unzipSync((await downloaded(page, "PyTorch")).bytes))).toEqual([
        `lanewise-${recipe.scene}-torch.safetensors`,
        `lanewise-${recipe.scene}.py`,
      ]);
      const program = new TextDecoder().decode((await downloaded(page, "Program")).bytes);
      expect(program).toContain(`// ${hash}`);
      await page.getByRole("button", { name: "Copy the program" }).click();
      await page.getByText("Copied", { exact: true }).waitFor();
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(program);
    }),
  );

  it.each(["playground/", "playground/sphere", "playground/digits"])("of %s has a picture", (path) =>
    visit(path, async (page) => {
      await play(page);
      await page.getByRole("button", { name: "Export" }).click();
      const { name, bytes } = await downloaded(page, "Picture");
      expect(name).toMatch(/\.png$/);
      expect([...bytes.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
      const size = new DataView(bytes.buffer, bytes.byteOffset);
      expect([size.getUint32(16), size.getUint32(20)]).toEqual([2400, 1440]);
      expect(bytes.length).toBeGreaterThan(20_000);
    }),
  );
});

describe("a link that shows less", () => {
  it("is an embedded playground in a frame of another site, and leads to the whole one", async () => {
    const source = `${address("playground/")}#v=1&scene=points&epochs=50&embed`;
    const other = createServer((_, response) => {
      response.setHeader("Content-Type", "text/html");
      response.end(`<title>A lesson</title><link rel="icon" href="data:,">${frameOf(source)}`);
    });
    other.listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const look = async (page: Page, context: BrowserContext): Promise<void> => {
      const frame = page.frameLocator("iframe");
      await frame.locator("button.play:enabled").waitFor();
      for (const hidden of [".VPNav", ".lens", ".data", ".training", ".share", "nav"])
        expect(await frame.locator(hidden).filter({ visible: true }).count()).toBe(0);
      await frame.locator("fieldset label", { hasText: "Max" }).click();
      await frame.locator("button.play").click();
      await frame.locator("button.play", { hasText: "Play again" }).waitFor();
      const hash = (await frame.locator(".hash code").innerText()).replace(/\s/g, "");
      const [whole] = await Promise.all([
        context.waitForEvent("page"),
        frame.getByRole("link", { name: "Open in the playground" }).click(),
      ]);
      await whole.locator(".lens").waitFor();
      expect(await play(whole)).toBe(hash);
      await whole.locator(".verdict.same").waitFor();
    };
    try {
      // What the frame asks for is of another host than the page.
      await visitOther(`http://127.0.0.1:${port}/`, look, { width: 390, mayFail: true });
    } finally {
      other.close();
      other.closeAllConnections();
    }
  });

  it.each([320, 500, 900])("is embedded without scrolling sideways at %i pixels", (width) =>
    visit(
      "playground/#v=1&scene=points&epochs=20&embed",
      async (page) => {
        await play(page);
        const root = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        expect(root[0]).toBeLessThanOrEqual(root[1]);
      },
      { width },
    ),
  );

  it("is made for a lesson by the dialog, and keeps what it hides while the recipe changes", async () => {
    let link = "";
    await visit("playground/", async (page, context) => {
      await context.grantPermissions(["clipboard-read", "clipboard-write"]);
      await ready(page);
      await page.getByRole("button", { name: "Share" }).click();
      const dialog = page.getByRole("dialog", { name: "Share" });
      await dialog.getByText("For a lesson").click();
      await dialog.getByLabel("Data").check();
      await dialog.getByLabel("Undo, share, export").check();
      await dialog.getByRole("button", { name: "Copy" }).click();
      await page.getByText("Link copied").waitFor();
      link = await page.evaluate(() => navigator.clipboard.readText());
      expect(link).toMatch(/&hide=data,share$/);
    });
    await visit(link.slice(address().length), async (page) => {
      await ready(page);
      expect(await page.locator(".data").count()).toBe(0);
      expect(await page.getByRole("button", { name: "Export" }).count()).toBe(0);
      await page.getByLabel("Optimizer").selectOption("sgd");
      await expect.poll(() => page.url()).toMatch(/opt=sgd&hide=data,share$/);
    });
  });
});

describe("early stopping", () => {
  it("is set in the panel, ends the run, and is in the link", () =>
    visit("playground/#v=1&scene=points&data=moons,60,0.3,1&rate=0.03", async (page) => {
      await ready(page);
      await page.getByLabel("Stop early").selectOption("5");
      await expect.poll(() => page.url()).toContain("&stop=5");
      const hash = await play(page);
      await page.locator(".verdict", { hasText: "Stopped early" }).waitFor();
      expect(await play(page, "×10")).toBe(hash);
    }));
});

describe("a page that is loaded again", () => {
  const link = "playground/#v=1&scene=points&epochs=400";
  const epochOf = async (page: Page) => Number((await page.locator(".epoch dd").innerText()).split(" ")[0]);

  /** Runs until an epoch, pauses there, and loads the page again. */
  async function leave(page: Page, meanwhile?: () => Promise<void>): Promise<number> {
    await ready(page);
    await page.locator("fieldset label", { hasText: /^\s*×10\s*$/ }).click();
    await page.locator("button.play").click();
    await expect.poll(() => epochOf(page)).toBeGreaterThan(30);
    await page.locator("button.play", { hasText: "Pause" }).click();
    await hashOf(page);
    const epoch = await epochOf(page);
    await expect.poll(() => kept(page)).toBe(true);
    await meanwhile?.();
    await page.reload();
    await ready(page);
    return epoch;
  }

  /** Whether there is a checkpoint; with `damage`, of which a byte is another one then. */
  const kept = (page: Page, damage = false) =>
    page.evaluate(
      (damages) =>
        new Promise<boolean>((resolve, reject) => {
          const opening = indexedDB.open("lanewise-playground");
          opening.onerror = () => reject(opening.error);
          opening.onsuccess = () => {
            const store = opening.result.transaction("runs", "readwrite").objectStore("runs");
            const asking = store.get("unfinished");
            asking.onsuccess = () => {
              const run = asking.result;
              if (run && damages) {
                run.checkpoint[run.checkpoint.length - 5] ^= 1;
                store.put(run, "unfinished");
              }
              store.transaction.oncomplete = () => {
                opening.result.close();
                resolve(run !== undefined);
              };
            };
          };
        }),
      damage,
    );

  it("goes on with the run, to the bits of one that was not disturbed", async () => {
    let whole = "";
    await visit(link, async (page) => {
      whole = await play(page);
    });
    await visit(link, async (page) => {
      const epoch = await leave(page);
      await page.getByText("Resumed at epoch").waitFor();
      // What was not yet written when the page was left is done again.
      expect(await epochOf(page)).toBeGreaterThan(0);
      expect(await epochOf(page)).toBeLessThanOrEqual(epoch);
      expect(await play(page)).toBe(whole);
      expect(await kept(page)).toBe(false);
      await page.reload();
      await ready(page);
      expect(await epochOf(page)).toBe(0);
    });
  });

  it("makes a change that waited for the end of the epoch when the page was left", () =>
    visit(link, async (page) => {
      await leave(page, async () => {
        await page.getByRole("button", { name: "Step: one batch" }).click();
        const batch = page.getByLabel("Batch", { exact: true }).last();
        await batch.fill("25");
        await batch.press("Enter");
        // The link has it only once it has been made.
        expect(page.url()).not.toContain(":batch:25");
      });
      await page.locator("button.play").click();
      await expect.poll(() => page.url()).toContain(":batch:25");
      await page.locator("fieldset label", { hasText: "Max" }).click();
      expect(await ended(page)).toMatch(/^[0-9a-f]{64}$/);
    }));

  it("begins anew where the checkpoint is damaged", () =>
    visit(link, async (page) => {
      await leave(page, async () => {
        await kept(page, true);
      });
      expect(await epochOf(page)).toBe(0);
      await page.locator("button.play").click();
      await page.locator("fieldset label", { hasText: "Max" }).click();
      expect(await ended(page)).toMatch(/^[0-9a-f]{64}$/);
    }));

  it("begins anew after a restart, and in another tab", () =>
    visit(link, async (page, context) => {
      await leave(page);
      await page.getByRole("button", { name: "Restart" }).click();
      await page.locator(".epoch dd", { hasText: /^0/ }).waitFor();
      await page.reload();
      await ready(page);
      expect(await epochOf(page)).toBe(0);
      await leave(page);
      const other = await context.newPage();
      await other.goto(address(link));
      await ready(other);
      expect(await epochOf(other)).toBe(0);
    }));
});
