import { existsSync } from "node:fs";
import { dirname, join, normalize, sep } from "node:path";
import type { MarkdownRenderer } from "vitepress";

/** Makes plain text of links to files of the repository that are no pages of the site. */
export function linksInside(markdown: MarkdownRenderer, site: string): void {
  markdown.core.ruler.push("links-inside", ({ tokens, env }) => {
    // The pages of the API are made for the site.
    if (env.relativePath?.startsWith("api/")) return;
    for (const { children } of tokens) {
      let leadsAway = false;
      for (const token of children ?? []) {
        if (token.type === "link_open")
          leadsAway = !leadsToPage(site, dirname(env.relativePath ?? ""), token.attrGet("href") ?? "");
        if (leadsAway && (token.type === "link_open" || token.type === "link_close")) {
          token.tag = "span";
          token.attrs = null;
        }
      }
    }
  });
}

function leadsToPage(site: string, folder: string, href: string): boolean {
  if (/^(\w+:|#|\/)/.test(href)) return true;
  const file = normalize(join(site, folder, href.replace(/[#?].*$/, "")));
  return file.endsWith(".md") && file.startsWith(join(site, sep)) && existsSync(file);
}
