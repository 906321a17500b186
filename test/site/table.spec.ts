import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createBackend, loadModel } from "lanewise";
import { describe, expect, it } from "vitest";
import type { Page } from "../../site/testing.js";
import { trainOn, useSite, visit } from "./support.js";

useSite();

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The SHA-256 that the command of the page ends with, run on the tables of the repository. */
function hashOfCommand(command: string): string {
  const words = command.replace("npx lanewise train ", "node dist/cli.js train examples/data/");
  const options = "--folds 0 --json --force --out /dev/null";
  const text = execFileSync("sh", ["-c", `${words} ${options}`], {
    cwd: root,
    stdio: ["ignore", "pipe", "ignore"],
  });
  return JSON.parse(text.toString()).sha256;
}

const hashOf = async (page: Page) => (await page.locator(".hash code").innerText()).replace(/\s/g, "");
const commandOf = (page: Page) => page.locator("code.line").innerText();
const scoreOf = async (page: Page) =>
  Number.parseFloat(await page.locator(".pg-figure b").first().innerText());
const file = (text: string, name = "own.csv") => ({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
/** Chooses a file, once the page listens. */
async function choose(page: Page, chosen: ReturnType<typeof file>): Promise<void> {
  await page.locator("button:enabled", { hasText: /^(Choose a|Another) file$/ }).waitFor();
  await page.getByLabel("Table file").setInputFiles(chosen);
}

describe("the page of tables", () => {
  it("finds the target of iris.csv, and ends with the weights of the command that it copies", () =>
    visit("playground/table", async (page, context) => {
      await context.grantPermissions(["clipboard-read", "clipboard-write"]);
      await trainOn(page, "iris.csv");
      expect(await page.locator(".target select").inputValue()).toBe("species");
      expect(await scoreOf(page)).toBeGreaterThan(90);
      await page.getByRole("button", { name: "Copy as command" }).click();
      await page.getByText("Copied").waitFor();
      const command = await page.evaluate(() => navigator.clipboard.readText());
      expect(command).toBe("npx lanewise train iris.csv --target species --seed 1");
      expect(await hashOf(page)).toBe(hashOfCommand(command));
    }));

  it("ends with the weights of the command where columns were corrected", () =>
    visit("playground/table", async (page) => {
      await page.getByRole("button", { name: "diabetes.csv" }).click();
      await page.getByLabel("Use s6").uncheck();
      await page.getByLabel("What sex is").selectOption("category");
      await page.getByLabel("Seed").fill("3");
      await page.keyboard.press("Tab");
      await page.getByText("9 of 10 used").waitFor();
      await page.getByRole("button", { name: "Train", exact: true }).click();
      await page.getByRole("button", { name: "Train again" }).waitFor();
      const command = await commandOf(page);
      expect(command).toBe(
        "npx lanewise train diabetes.csv --target target --ignore s6 --column sex=category --seed 3",
      );
      expect(await hashOf(page)).toBe(hashOfCommand(command));
      await page.getByRole("img", { name: /^Predicted against actual values of 442 rows/ }).waitFor();
    }));

  it("predicts from a form of the columns, also where a value is not known", () =>
    visit("playground/table", async (page) => {
      await trainOn(page, "iris.csv");
      const answer = page.getByRole("region", { name: "Predict" }).locator(".figure");
      await expect.poll(() => answer.innerText()).toBe("setosa");
      await page.getByLabel("petal_length", { exact: true }).fill("6");
      await page.getByLabel("petal_width", { exact: true }).fill("2.3");
      await expect.poll(() => answer.innerText()).toBe("virginica");
      await page.getByLabel("sepal_length", { exact: true }).fill("");
      await expect.poll(() => answer.innerText()).toBe("virginica");
      await page.getByLabel("petal_width", { exact: true }).fill("wide");
      await page.getByRole("alert").filter({ hasText: "petal_width" }).waitFor();
      await page.getByLabel("petal_width", { exact: true }).fill("0.2");
      await page.getByRole("alert").waitFor({ state: "detached" });
    }));

  it("gives the model as a file, which Node loads and predicts with", () =>
    visit("playground/table", async (page) => {
      await trainOn(page, "wine.csv");
      const coming = page.waitForEvent("download");
      await page.getByRole("button", { name: "Download the model" }).click();
      const download = await coming;
      expect(download.suggestedFilename()).toBe("wine.safetensors");
      const model = await loadModel(
        await createBackend(),
        new Uint8Array(readFileSync(await download.path())),
      );
      expect(await model.weightsDigest()).toBe(await hashOf(page));
      const [first, row] = readFileSync(`${root}examples/data/wine.csv`, "utf8").split("\n");
      const cells = row.split(",");
      const record = Object.fromEntries(first.split(",").map((name, i) => [name, cells[i]]));
      expect(model.predictClasses([record])).toEqual(["cultivar_1"]);
    }));

  it("takes a file that somebody chooses, with a semicolon and gaps", () =>
    visit("playground/table", async (page) => {
      const rows = Array.from(
        { length: 200 },
        (_, i) =>
          `${["red", "green", "blue"][i % 3]};${i % 10 ? 20 + ((i * 13) % 50) : ""};${i % 3 ? "no" : "yes"}`,
      );
      await choose(page, file(["colour;age;bought", ...rows].join("\n")));
      await page.getByText("200 rows, 3 columns").waitFor();
      expect(await page.locator(".target select").inputValue()).toBe("bought");
      await page.getByRole("button", { name: "Train", exact: true }).click();
      await page.getByRole("button", { name: "Train again" }).waitFor();
      expect(await scoreOf(page)).toBe(100);
      await page.getByLabel("colour", { exact: true }).selectOption("blue");
      const answer = page.getByRole("region", { name: "Predict" }).locator(".figure");
      await expect.poll(() => answer.innerText()).toBe("no");
    }));

  it("takes a file that is dropped", () =>
    visit("playground/table", async (page) => {
      await page.locator("button:enabled", { hasText: "Choose a file" }).waitFor();
      const text = readFileSync(`${root}examples/data/wine.csv`, "utf8");
      const transfer = await page.evaluateHandle((content) => {
        const data = new DataTransfer();
        data.items.add(new File([content], "dropped.csv", { type: "text/csv" }));
        return data;
      }, text);
      await page.locator("main.playground").dispatchEvent("drop", { dataTransfer: transfer });
      await page.getByText("178 rows, 14 columns").waitFor();
    }));

  it("lists everything that is wrong with a file, and takes it when it was mended", () =>
    visit("playground/table", async (page) => {
      await choose(page, file("a,b\n1\n2,3\n4,5,6\n"));
      const notice = page.getByRole("alert");
      await notice.filter({ hasText: "2 things are wrong" }).waitFor();
      expect(await notice.locator("li").count()).toBe(2);
      expect(await notice.innerText()).toMatch(/Line 2:[\s\S]*Line 4:/);
      await choose(page, file("a,b\n1,2\n2,3\n4,5\n"));
      await page.getByText("3 rows, 2 columns").waitFor();
      expect(await notice.count()).toBe(0);
    }));

  it("asks for a file on a phone without scrolling sideways", () =>
    visit(
      "playground/table",
      async (page) => {
        const button = page.getByRole("button", { name: "Choose a file" });
        await button.waitFor();
        const box = await button.boundingBox();
        expect(box && box.x >= 0 && box.x + box.width <= 390).toBe(true);
        expect(await page.evaluate(() => document.querySelector("main")?.scrollWidth)).toBeLessThanOrEqual(
          390,
        );
      },
      { width: 390, height: 844 },
    ));

  it("stops, and trains again to the same bits", () =>
    visit("playground/table", async (page) => {
      await page.getByRole("button", { name: "breast_cancer.csv" }).click();
      const train = page.getByRole("button", { name: "Train", exact: true });
      await page.getByLabel("Seed").fill("2");
      await page.keyboard.press("Tab");
      await train.click();
      await page.getByRole("button", { name: "Stop" }).click();
      await train.click();
      await page.getByRole("button", { name: "Train again" }).waitFor();
      expect(await commandOf(page)).toContain("--seed 2");
      expect(await hashOf(page)).toBe(hashOfCommand(await commandOf(page)));
    }));
});
