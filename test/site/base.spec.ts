import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { folder, play, useSite, visit } from "./support.js";

const BASE = "/lanewise/";
const built = `${folder}-base`;
const site = fileURLToPath(new URL("../../site", import.meta.url));

useSite(built, BASE, () => {
  const vitepress = join(site, "node_modules/vitepress/bin/vitepress.js");
  execFileSync(process.execPath, [vitepress, "build", site, "--outDir", built], {
    cwd: site,
    env: { ...process.env, BASE },
    stdio: "ignore",
  });
});

it("a site under a path of its host plays, finds its workers, and leads to its pages", () =>
  visit("", async (page) => {
    await page.locator(".same").waitFor();
    await page.getByRole("link", { name: "Look inside this run" }).click();
    await play(page);
    await page.locator(".verdict.same").waitFor();
    await page.getByRole("button", { name: "Race", exact: true }).click();
    await page.getByRole("button", { name: "Race the threads" }).click();
    await page.getByText("one thread and all have the same bits").waitFor({ timeout: 120_000 });
    await page.getByRole("link", { name: "Curve" }).click();
    await page.getByLabel("Formula of x").waitFor();
    await page.getByRole("link", { name: "How-to" }).first().click();
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(new URL(page.url()).pathname).toMatch(/^\/lanewise\/how-to\//);
  }));
