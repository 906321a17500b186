import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { axeSource, type Page } from "../../site/testing.js";
import { folder, kinds, picture, play, settled, stopSite, useSite, visit } from "./support.js";

useSite();

const names = kinds.map((path) => [path || "home", path] as const);
const schemes = [false, true] as const;

/** A violation as a line that says where it is. */
interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly target: readonly unknown[]; readonly failureSummary?: string }[];
}

async function violationsOf(page: Page): Promise<string[]> {
  const violations = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
    return (await axe.run()).violations;
  });
  return violations.flatMap(({ id, nodes }) =>
    nodes.slice(0, 4).map(({ target, failureSummary }) => `${id}: ${target.join(" ")} ${failureSummary}`),
  );
}

describe("accessibility", () => {
  it.each(
    names.flatMap(([name, path]) =>
      schemes.map((dark) => [name, dark ? "dark" : "light", path, dark] as const),
    ),
  )("%s, %s: axe finds nothing", (_, __, path, dark) =>
    visit(
      path,
      async (page) => {
        await settled(page, path);
        await page.evaluate(axeSource());
        expect(await violationsOf(page)).toEqual([]);
        for (const lens of await page.locator(".lenses button").all()) {
          await lens.click();
          expect(await violationsOf(page)).toEqual([]);
        }
      },
      { dark, bypassCSP: true },
    ),
  );
});

describe("layout", () => {
  it.each(names)("%s does not scroll sideways on a phone, on tablets and in a small window", (name, path) =>
    visit(
      path,
      async (page) => {
        await settled(page, path);
        await page.screenshot({ path: picture(`${name.replaceAll("/", "-")}-phone`), fullPage: true });
        // Where the layout changes: of the menu at 768 and 960, of the playground at 760, 1000 and 1120.
        for (const width of [390, 760, 768, 820, 960, 1000, 1120]) {
          await page.setViewportSize({ width, height: 844 });
          const content = () => page.evaluate(() => document.documentElement.scrollWidth);
          await expect.poll(content, { message: `at ${width} px` }).toBeLessThanOrEqual(width);
        }
      },
      { width: 390, height: 844 },
    ),
  );

  it.each(
    names.flatMap(([name, path]) =>
      schemes.map((dark) => [name, dark ? "dark" : "light", path, dark] as const),
    ),
  )("%s, %s, has its picture taken, to be looked at", (name, scheme, path, dark) =>
    visit(
      path,
      async (page) => {
        await settled(page, path);
        await page.screenshot({ path: picture(`${name.replaceAll("/", "-")}-${scheme}`) });
      },
      { dark },
    ),
  );
});

describe("links", () => {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith(".html"),
  );
  const htmls = new Map(files.map((path) => [path, readFileSync(join(folder, path), "utf8")]));
  const idsOf = (path: string) =>
    new Set([...(htmls.get(path) ?? "").matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id));

  /** The file that a link leads to, which is there or not. */
  function fileOf(from: string, link: string): string {
    const path = link.startsWith("/") ? link.slice(1) : join(dirname(from), link);
    const candidates = [path, `${path}.html`, join(path, "index.html")];
    return (
      candidates.find((name) => existsSync(join(folder, name)) && statSync(join(folder, name)).isFile()) ??
      path
    );
  }

  it("lead to files and anchors that the site has", () => {
    expect(files.length).toBeGreaterThan(20);
    const broken = files.flatMap((from) =>
      [...(htmls.get(from) ?? "").matchAll(/\s(?:href|src)="([^"]*)"/g)]
        .map(([, link]) => link.replaceAll("&amp;", "&"))
        .filter((link) => !/^(\w+:|\/\/|#v=)/.test(link) && link !== "")
        .filter((link) => {
          const [path, anchor = ""] = link.split("#");
          const file = path === "" ? from : fileOf(from, decodeURIComponent(path));
          if (!existsSync(join(folder, file))) return true;
          return (
            anchor !== "" &&
            !anchor.includes("=") &&
            file.endsWith(".html") &&
            !idsOf(file).has(decodeURIComponent(anchor))
          );
        })
        .map((link) => `${from}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  it("ask nothing of another host", () => {
    const outside = files.flatMap((from) =>
      [
        ...(htmls.get(from) ?? "").matchAll(
          /<(?:script|link|img|iframe)[^>]*\s(?:href|src)="(https?:[^"]*)"/g,
        ),
      ].map(([, url]) => url),
    );
    expect(outside).toEqual([]);
  });
});

describe("offline", () => {
  it("the playground trains to the same bits when the server has gone", () =>
    visit("playground/", async (page) => {
      const hash = await play(page);
      await page.evaluate(async () => {
        const { active } = await navigator.serviceWorker.ready;
        if (active?.state !== "activated")
          await new Promise((resolve) => active?.addEventListener("statechange", resolve));
      });
      await stopSite();
      await page.reload();
      expect(await play(page)).toBe(hash);
      await page.locator(".verdict.same").waitFor();
      await page.getByRole("link", { name: "Curve" }).click();
      await page.getByLabel("Formula of x").waitFor();
    }));
});
