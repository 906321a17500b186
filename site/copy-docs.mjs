// Copies docs/ to where VitePress looks for pages: the search finds files, and no pages of dynamic routes. The
// copies are not committed; docs/ is the home of each text.
import { copyFileSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const docs = fileURLToPath(new URL("../docs", import.meta.url));
const site = fileURLToPath(new URL(".", import.meta.url));

for (const folder of ["", "guide", "tutorial", "migrate"]) {
  // Pages of an earlier copy may be gone.
  if (folder !== "") rmSync(join(site, folder), { recursive: true, force: true });
  mkdirSync(join(site, folder), { recursive: true });
  for (const name of readdirSync(join(docs, folder)).filter((name) => name.endsWith(".md")))
    copyFileSync(join(docs, folder, name), join(site, folder, name === "README.md" ? "index.md" : name));
}
