import type { MarkdownRenderer } from "vitepress";

/** Makes cells of heads without a text: a head that names nothing is read out as one. */
export function emptyHeadsAreCells(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push("empty-heads", ({ tokens }) => {
    for (const [i, open] of tokens.entries()) {
      if (open.type !== "th_open" || tokens[i + 1].content.trim() !== "") continue;
      open.tag = "td";
      tokens[i + 2].tag = "td";
    }
  });
}
