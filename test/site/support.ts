import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect } from "vitest";
import { type ServedSite, serveSite } from "../../site/serve.js";
import { type BrowserContext, launchChromium, type Page } from "../../site/testing.js";

const out = fileURLToPath(new URL("../../out", import.meta.url));
/** The built site. */
export const folder = join(out, "site");
const pictures = join(out, "site-pictures");

/** A page of each kind. */
export const kinds = [
  "",
  "playground/",
  "playground/curve",
  "playground/sphere",
  "playground/digits",
  "playground/digits#v=1&scene=digits&net=&conv=8relu,16relu",
  "playground/text#v=1&scene=text&epochs=2&steps=32",
  "playground/text#v=1&scene=text&data=alice&net=lstm,48,2&epochs=2",
  "playground/table",
  "tutorial/first-network",
  "how-to/",
  "how-to/train",
  "how-to/tables",
  "how-to/web-worker",
  "migrate/tensorflow-js",
  "explanation/",
  "explanation/how-it-works",
  "explanation/when-to-use",
  "explanation/mathematics",
  "reference/layers",
  "reference/command-line",
  "reference/file-formats",
  "api/",
  "api/models",
  "api/convolution-and-pooling",
  "api/table",
  "changelog",
] as const;

let browser: Awaited<ReturnType<typeof launchChromium>>;
let site: ServedSite;

/** Serves a built site and starts the browser, for the tests of a file. `build` runs before. */
export function useSite(from = folder, base = "/", build = () => {}): void {
  beforeAll(async () => {
    build();
    mkdirSync(pictures, { recursive: true });
    site = await serveSite(from, { base });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    await site.stop();
  });
}

export const address = (path = ""): string => site.address + path;
export const stopSite = (): Promise<void> => site.stop();
export const picture = (name: string): string => join(pictures, `${name}.png`);

export interface VisitOptions {
  readonly dark?: boolean;
  readonly width?: number;
  readonly height?: number;
  readonly calm?: boolean;
  /** Without the service worker, which fetches the whole site. */
  readonly blocksOffline?: boolean;
  /** For axe, which a policy keeps out. */
  readonly bypassCSP?: boolean;
  /** For a page that is not there. */
  readonly mayFail?: boolean;
}

/**
 * Has a test look at a page in a browser without a past. Whatever the page says on its console, throws, or
 * asks of another host fails the test.
 */
export function visit(
  path: string,
  look: (page: Page, context: BrowserContext) => Promise<void>,
  options?: VisitOptions,
): Promise<void> {
  return visitOther(path.startsWith("about:") ? path : address(path), look, options);
}

/** The same with a page that another server of this machine has. */
export async function visitOther(
  url: string,
  look: (page: Page, context: BrowserContext) => Promise<void>,
  {
    dark = false,
    width = 1280,
    height = 800,
    calm = false,
    blocksOffline = false,
    bypassCSP = false,
    mayFail = false,
  }: VisitOptions = {},
): Promise<void> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? "dark" : "light",
    reducedMotion: calm ? "reduce" : "no-preference",
    hasTouch: width < 500,
    bypassCSP,
  });
  // As in a browser that keeps no data.
  if (blocksOffline) await context.addInitScript("delete Navigator.prototype.serviceWorker");
  // A page such as about:blank is of no host: what it asks for is to come from the site.
  const { origin } = new URL(url.startsWith("about:") ? site.address : url);
  const faults: string[] = [];
  context.on("page", (page) => {
    page.on("console", (message) => faults.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => faults.push(String(error)));
  });
  context.on("request", (request) => {
    const asked = request.url();
    if (/^(https?|wss?):/.test(asked) && !asked.startsWith(origin)) faults.push(asked);
  });
  try {
    const page = await context.newPage();
    await page.goto(url, { waitUntil: "load" });
    await look(page, context);
    if (!mayFail) expect(faults).toEqual([]);
  } finally {
    await context.close();
  }
}

/** A page with something on it: a run to its end, a model of a table. */
export async function settled(page: Page, path: string): Promise<void> {
  if (path === "playground/table") await trainOn(page, "iris.csv");
  else if (path.startsWith("playground/digits")) {
    await ready(page);
    await drawSeven(page);
    await ended(page);
    if (path.includes("conv=")) await page.getByRole("button", { name: "Convolution 2, map 1 of" }).click();
  } else if (path.startsWith("playground")) await play(page);
}

/** Draws a seven on the pad, which the network learns to read. */
export async function drawSeven(page: Page): Promise<void> {
  const pad = page.locator(".pad canvas");
  await pad.scrollIntoViewIfNeeded();
  const box = await pad.boundingBox();
  if (!box) throw new Error("no pad");
  const to = (x: number, y: number, steps = 8) =>
    page.mouse.move(box.x + x * box.width, box.y + y * box.height, { steps });
  await to(0.28, 0.2, 1);
  await page.mouse.down();
  await to(0.7, 0.2);
  await to(0.62, 0.4);
  await to(0.42, 0.85);
  await page.mouse.up();
}

/** Trains on one of the tables that the page has, with its scores by folds. */
export async function trainOn(page: Page, file: string): Promise<void> {
  await page.getByRole("button", { name: file }).click();
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await page.getByRole("button", { name: "Train again" }).waitFor();
}

/** The playground once it can be played with. */
export async function ready(page: Page): Promise<void> {
  await page.locator("button.play:enabled").waitFor();
}

/** Plays at a speed to the end. Returns the hash that the page shows. */
export async function play(page: Page, speed = "Max"): Promise<string> {
  await ready(page);
  await page.locator("fieldset label", { hasText: new RegExp(`^\\s*${speed}\\s*$`) }).click();
  await page.locator("button.play", { hasText: "Play" }).click();
  return ended(page);
}

export async function ended(page: Page): Promise<string> {
  await page.locator("button.play", { hasText: "Play again" }).waitFor({ timeout: 120_000 });
  return hashOf(page);
}

export async function hashOf(page: Page): Promise<string> {
  const code = page.locator(".hash code");
  await code.waitFor();
  return (await code.innerText()).replace(/\s/g, "");
}
