import type { MarkdownRenderer } from "vitepress";

/** Gives a program in a fence of "js live" a button that runs it. */
export function liveCode(markdown: MarkdownRenderer): void {
  const fence = markdown.renderer.rules.fence;
  if (!fence) throw new Error("liveCode: expected a rule for fences, got none");
  markdown.renderer.rules.fence = (tokens, i, options, env, self) => {
    const token = tokens[i];
    const live = token.info.trim() === "js live";
    if (live) token.info = "js";
    const shown = fence(tokens, i, options, env, self);
    return live ? `<LiveCode program="${encodeURIComponent(token.content)}">${shown}</LiveCode>` : shown;
  };
}
