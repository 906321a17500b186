// npm run site:picture: the picture of the README, a screenshot of the playground of the built site with a
// spiral that it has learned.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { serveSite } from "./serve.js";
import { launchChromium } from "./testing.js";

const folder = fileURLToPath(new URL("../out/site", import.meta.url));
const file = fileURLToPath(new URL("playground.webp", import.meta.url));
/** More would keep a reader of the README waiting. */
const MOST_BYTES = 150_000;

const site = await serveSite(folder);
const browser = await launchChromium();
try {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    deviceScaleFactor: 2,
    colorScheme: "light",
  });
  const page = await context.newPage();
  await page.goto(`${site.address}playground/#v=1&scene=points`);
  await page.locator("button.play:enabled").click();
  await page.locator("fieldset label", { hasText: "Max" }).click();
  await page.locator("button.play", { hasText: "Play again" }).waitFor();
  await page.locator(".hash code").waitFor();
  await page.mouse.move(0, 0);
  const screenshot = await page.screenshot();
  const blank = await context.newPage();
  const picture = Buffer.from(await blank.evaluate(inWebp, screenshot.toString("base64")), "base64");
  console.log(`${file}: ${(picture.length / 1000).toFixed(1)} kB`);
  if (picture.length > MOST_BYTES)
    throw new Error(`site:picture expected at most ${MOST_BYTES} bytes, got ${picture.length}`);
  writeFileSync(file, picture);
} finally {
  await browser.close();
  await site.stop();
}

/** Runs in a page: a PNG as WebP, both in Base64. */
async function inWebp(png: string): Promise<string> {
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext("2d")?.drawImage(image, 0, 0);
  return canvas.toDataURL("image/webp", 0.55).split(",")[1];
}
