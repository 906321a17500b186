import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The texts for language models, which no page needs. */
const ONLINE_ONLY = /^llms/;

/** What no browser that runs the site asks for. */
const UNUSED = /\.(ttf|woff)$/;

/**
 * Writes the service worker, which keeps the files of the site: after the first visit it works without a
 * network. Pages come from the network while there is one, the rest by its hashed name from the store.
 */
export function writeOfflineWorker(folder: string): void {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => statSync(join(folder, path)).isFile())
    .sort();
  for (const path of files.filter((path) => UNUSED.test(path))) rmSync(join(folder, path));
  const kept = files
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => !UNUSED.test(path) && !ONLINE_ONLY.test(path))
    .filter((path) => path !== "offline.js" && path !== "404.html");
  const version = createHash("sha256");
  for (const path of kept) version.update(path).update(readFileSync(join(folder, path)));
  const urls = kept.map((path) => path.replace(/(^|\/)index\.html$/, "$1"));
  const worker = readFileSync(new URL("offline-worker.js", import.meta.url), "utf8")
    .replace('"VERSION"', JSON.stringify(version.digest("hex").slice(0, 16)))
    .replace('["FILES"]', JSON.stringify(urls.map((url) => url.replace(/\.html$/, ""))));
  writeFileSync(join(folder, "offline.js"), worker);
}
