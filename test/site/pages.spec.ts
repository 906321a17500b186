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

interface Axe {
  run(options: object): Promise<{ violations: Violation[] }>;
}

async function violationsOf(page: Page): Promise<string[]> {
  const violations = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: Axe };
    // Off where nothing is said, and what a finger needs most.
    return (await axe.run({ rules: { "target-size": { enabled: true } } })).violations;
  });
  return violations.flatMap(({ id, nodes }) =>
    nodes.slice(0, 4).map(({ target, failureSummary }) => `${id}: ${target.join(" ")} ${failureSummary}`),
  );
}

async function hasNoViolation(page: Page, path: string): Promise<void> {
  await settled(page, path);
  await page.evaluate(axeSource());
  expect(await violationsOf(page)).toEqual([]);
  for (const lens of await page.locator(".lenses button").all()) {
    await lens.click();
    expect(await violationsOf(page)).toEqual([]);
  }
}

describe("accessibility", () => {
  it.each(
    names.flatMap(([name, path]) =>
      schemes.map((dark) => [name, dark ? "dark" : "light", path, dark] as const),
    ),
  )("%s, %s: axe finds nothing", (_, __, path, dark) =>
    visit(path, (page) => hasNoViolation(page, path), { dark, bypassCSP: true }),
  );

  it.each(names)("%s, on a phone: axe finds nothing", (_, path) =>
    visit(path, (page) => hasNoViolation(page, path), { width: 390, height: 844, bypassCSP: true }),
  );
});

describe("accessibility of what opens in the playground", () => {
  it.each(
    schemes.flatMap((dark) =>
      [
        [1280, 800],
        [390, 844],
      ].map(([width, height]) => [dark ? "dark" : "light", width, height, dark] as const),
    ),
  )("its dialogs, %s, %i px wide: axe finds nothing", (_, width, height, dark) =>
    visit(
      "playground/",
      async (page) => {
        await play(page);
        await page.evaluate(axeSource());
        for (const name of ["Share", "Export", "Keys"]) {
          await page.getByRole("button", { name, exact: true }).click();
          const dialog = page.getByRole("dialog", { name });
          await dialog.waitFor();
          expect(await violationsOf(page)).toEqual([]);
          for (const kind of await dialog.locator(".kinds label").all()) {
            await kind.click();
            expect(await violationsOf(page)).toEqual([]);
          }
          await dialog.getByRole("button", { name: "Close" }).click();
          // Back to the button that opened it.
          const focused = page.getByRole("button", { name, exact: true });
          await expect.poll(() => focused.evaluate((button) => button === document.activeElement)).toBe(true);
        }
      },
      { dark, width, height, bypassCSP: true },
    ),
  );

  it.each(schemes)("an embedded one, dark: %s: axe finds nothing", (dark) =>
    visit(
      "playground/curve#v=1&scene=curve&embed",
      async (page) => {
        await play(page);
        await page.evaluate(axeSource());
        expect(await violationsOf(page)).toEqual([]);
      },
      { dark, width: 500, bypassCSP: true },
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
