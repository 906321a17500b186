import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ServedSite, serveSite } from "../../site/serve.js";
import type { Browser } from "../browsers/drivers/driver.js";
import { drivers, isInstalled, launch } from "../browsers/drivers/index.js";
import { installMissing } from "../browsers/drivers/install.js";
import { hashInNode, links, raceHashInNode, textHashInNode, textLinks } from "./links.js";
import { folder } from "./support.js";

/**
 * The built playground in Chromium, Firefox and WebKitGTK. None of them tells every driver what its console
 * says: a script that comes before all others writes down what goes wrong.
 */

installMissing();

const watched = `${folder}-watched`;
let site: ServedSite;

beforeAll(async () => {
  rmSync(watched, { recursive: true, force: true });
  cpSync(folder, watched, { recursive: true });
  writeFileSync(join(watched, "watch.js"), `(${watch})()`);
  const pages = join(watched, "playground");
  for (const name of readdirSync(pages).filter((name) => name.endsWith(".html"))) {
    const html = readFileSync(join(pages, name), "utf8");
    writeFileSync(join(pages, name), html.replace("<head>", '<head><script src="/watch.js"></script>'));
  }
  site = await serveSite(watched);
});
afterAll(() => site.stop());

/** What the watching script adds to a page. */
interface Watched {
  faults: string[];
}

/** Runs in the page. */
function watch(): void {
  const faults: string[] = [];
  Object.assign(globalThis, { faults } satisfies Watched);
  for (const level of ["error", "warn"] as const) {
    const say = console[level];
    console[level] = (...words: unknown[]) => {
      faults.push(`console.${level}: ${words.join(" ")}`);
      say(...words);
    };
  }
  const onError = (event: Event) => {
    const what = event instanceof ErrorEvent ? event.message : (event.target as Element).outerHTML;
    faults.push(`error: ${what}`);
  };
  // A file that cannot be loaded is an event of its element, which does not bubble.
  addEventListener("error", onError, true);
  addEventListener("unhandledrejection", ({ reason }) => faults.push(`rejection: ${reason}`));
  addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
    faults.push(`policy: ${violatedDirective} keeps ${blockedURI} out`),
  );
}

/** The playground in an engine, by what its page shows. */
class Playground {
  constructor(private readonly browser: Browser) {}

  /** From a blank page: a link that differs behind the # alone is no other page. */
  async open(path: string, link: string): Promise<void> {
    await this.browser.open("about:blank");
    await this.browser.open(`${site.address}${path}#${link}`);
    await this.ready();
  }

  ready = () => this.until("the button of Play", () => !!document.querySelector("button.play:enabled"));

  play = () => this.run(() => document.querySelector<HTMLButtonElement>("button.play")?.click());

  choose = (speed: string) =>
    this.run(
      (value) => document.querySelector<HTMLInputElement>(`input[name=speed][value=${value}]`)?.click(),
      speed,
    );

  begun = () =>
    this.until("an epoch", () => /^[1-9]/.test(document.querySelector(".epoch dd")?.textContent ?? ""));

  async ended(): Promise<string> {
    await this.until(
      "the end of the run",
      () => !!document.querySelector("button.play")?.textContent?.includes("Play again"),
    );
    return this.hash();
  }

  async hash(): Promise<string> {
    await this.until("a hash", () => !!document.querySelector(".hash code"));
    return this.run(() => document.querySelector(".hash code")?.textContent?.replace(/\s/g, "") ?? "");
  }

  /** Whether a page of this engine may have threads. */
  sharesMemory = () =>
    this.run(
      () => crossOriginIsolated && "SharedArrayBuffer" in globalThis && navigator.hardwareConcurrency > 1,
    );

  /** What the lens Race says of threads. */
  async threads(): Promise<string> {
    await this.run(() => document.querySelector<HTMLButtonElement>(".lenses button:nth-of-type(3)")?.click());
    await this.until("the race of threads", () => !!document.querySelector("#race-of-threads"));
    return this.run(() => document.querySelector("#race-of-threads")?.parentElement?.textContent ?? "");
  }

  /** Runs the race of threads. Returns the hash that each row shows. */
  async race(): Promise<string[]> {
    await this.run(() => document.querySelector<HTMLButtonElement>("#race-of-threads ~ button")?.click());
    await this.until(
      "the end of the race",
      () => !!document.querySelector("#race-of-threads ~ button")?.textContent?.includes("again"),
    );
    return this.run(() =>
      [...document.querySelectorAll("#race-of-threads ~ table tbody code")].map((code) => code.textContent),
    );
  }

  /** The page as a reload makes it, once it can be played with. */
  async reload(): Promise<void> {
    await this.run(() => {
      Object.assign(globalThis, { isOld: true });
      location.reload();
    });
    await this.until("the new page", () => !("isOld" in globalThis) && document.readyState === "complete");
    await this.ready();
  }

  faults = () => this.run(() => (globalThis as unknown as Watched).faults);

  private run<Words extends readonly unknown[], Value>(act: (...words: Words) => Value, ...words: Words) {
    return this.browser.evaluate<Value>(`(${act})(...${JSON.stringify(words)})`);
  }

  private async until(what: string, holds: () => boolean): Promise<void> {
    // While a page is on its way, there may be none to ask.
    const asked = () => this.run(holds).catch(() => false);
    await expect.poll(asked, { message: `${what} in the page`, timeout: 120_000 }).toBe(true);
  }
}

/** By recipe, then by engine. */
const hashes: Record<string, Record<string, string>> = {};
const note = (link: string, engine: string, hash: string) => {
  hashes[link] = { ...hashes[link], [engine]: hash.slice(0, 16) };
};
afterAll(() => console.table(hashes));

for (const driver of drivers) {
  // Where tests decide what is merged, no engine may be missing.
  describe.skipIf(!process.env.CI && !isInstalled(driver))(`the playground in ${driver.title}`, () => {
    let browser: Browser;
    let playground: Playground;
    beforeAll(async () => {
      browser = await launch(driver);
      playground = new Playground(browser);
      return () => browser.close();
    });

    it.each([
      ...links.map((link) => [...link, hashInNode] as const),
      ...textLinks.map((link) => [...link, textHashInNode] as const),
    ])("%s#%s ends with the bits of Node", async (path, link, inNode) => {
      await playground.open(path, link);
      await playground.choose("most");
      await playground.play();
      const hash = await playground.ended();
      note(link, `${driver.title} ${browser.version}`, hash);
      const expected = await inNode(link);
      note(link, `Node ${process.versions.node}`, String(expected));
      expect(hash).toBe(expected);
      expect(await playground.faults()).toEqual([]);
    });

    it("races one thread against all to the bits of Node, or says why there are no threads", async () => {
      await playground.open("playground/", "v=1&scene=points");
      const told = await playground.threads();
      const shares = await playground.sharesMemory();
      // WebKitGTK shares memory only where a variable of its process says so.
      if (driver.name !== "webkit") expect(shares).toBe(availableParallelism() > 1);
      if (shares) {
        const hash = (await raceHashInNode())?.slice(0, 8);
        expect(await playground.race()).toEqual([hash, hash]);
      } else expect(told).toContain("This page cannot use threads: ");
      expect(await playground.faults()).toEqual([]);
    });

    it("ends with the same bits after a pause", async () => {
      const [[path, link]] = links;
      await playground.open(path, link);
      await playground.play();
      await playground.begun();
      await playground.play();
      expect(await playground.hash()).not.toBe(await hashInNode(link));
      await playground.choose("most");
      await playground.play();
      expect(await playground.ended()).toBe(await hashInNode(link));
      expect(await playground.faults()).toEqual([]);
    });

    it("ends with the same bits after a reload in the middle", async () => {
      const [[path, link]] = links;
      await playground.open(path, link);
      await playground.play();
      await playground.begun();
      await playground.reload();
      await playground.choose("most");
      await playground.play();
      expect(await playground.ended()).toBe(await hashInNode(link));
      expect(await playground.faults()).toEqual([]);
    });
  });
}
