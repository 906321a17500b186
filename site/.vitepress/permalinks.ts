import type { MarkdownRenderer } from "vitepress";

/** Takes the anchor that a heading asks for, such as {#fit}, out of what its link is read out as. */
export function plainPermalinks(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push("plain-permalinks", ({ tokens }) => {
    for (const { children } of tokens)
      for (const token of children ?? []) {
        const label = token.attrGet("aria-label");
        if (label?.startsWith("Permalink to ")) token.attrSet("aria-label", label.replace(/ \{#[^}]*\}/, ""));
      }
  });
}
