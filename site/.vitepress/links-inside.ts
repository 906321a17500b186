import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import type MarkdownIt from "markdown-it";

/** Folders of the repository whose Markdown files are pages. */
const PAGES = /^(docs|site)\/|^CHANGELOG\.md$/;

/** Makes plain text of links to files of the repository that are no pages of the site. */
export function linksInside(markdown: MarkdownIt, root: string): void {
  markdown.core.ruler.push("links-inside", ({ tokens, env }) => {
    for (const { children } of tokens) {
      let dropped = false;
      for (const token of children ?? []) {
        if (token.type === "link_open")
          dropped = !leadsToPage(root, env.realPath ?? env.path, token.attrGet("href") ?? "");
        if (dropped && (token.type === "link_open" || token.type === "link_close")) {
          token.tag = "span";
          token.attrs = null;
        }
      }
    }
  });
}

function leadsToPage(root: string, page: string, href: string): boolean {
  if (/^(\w+:|#|\/)/.test(href)) return true;
  const target = normalize(join(dirname(page), href.replace(/[#?].*$/, ""))).slice(root.length);
  return PAGES.test(target) && (!target.endsWith(".md") || existsSync(join(root, target)));
}
