import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import type { MarkdownRenderer } from "vitepress";

/**
 * In the pages of docs/, makes plain text of links to files of the repository that are no pages of the site,
 * and leads to the index of a folder where its README is meant.
 */
export function linksInside(markdown: MarkdownRenderer, docs: string): void {
  markdown.core.ruler.push("links-inside", ({ tokens, env }) => {
    // The pages of the API are made for the site.
    if (env.relativePath?.startsWith("api/")) return;
    for (const { children } of tokens) {
      let leadsAway = false;
      for (const token of children ?? []) {
        if (token.type === "link_open") {
          const href = token.attrGet("href") ?? "";
          leadsAway = !leadsToPage(join(docs, dirname(env.relativePath ?? "")), href);
          token.attrSet("href", href.replace(/\bREADME\.md/, "index.md"));
        }
        if (leadsAway && (token.type === "link_open" || token.type === "link_close")) {
          token.tag = "span";
          token.attrs = null;
        }
      }
    }
  });
}

function leadsToPage(folder: string, href: string): boolean {
  if (/^(\w+:|#|\/)/.test(href)) return true;
  const file = normalize(join(folder, href.replace(/[#?].*$/, "")));
  return file.endsWith(".md") && file.includes("/docs/") && existsSync(file);
}
