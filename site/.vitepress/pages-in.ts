import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The Markdown files of a folder of the repository as pages: they are written there, and nowhere else. */
export function pagesIn(folder: string) {
  return {
    watch: [join(root, folder, "*.md")],
    paths: () =>
      readdirSync(join(root, folder))
        .filter((name) => name.endsWith(".md"))
        .map((name) => ({
          params: { page: name === "README.md" ? "index" : name.slice(0, -".md".length) },
          content: readFileSync(join(root, folder, name), "utf8"),
        })),
  };
}
