import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { MarkdownRenderer } from "vitepress";

/**
 * Puts drawings, images of a page that are SVG files beside it, into the page, so that they have the colours
 * of its scheme. Elsewhere, as on GitHub, they have those of their own styles.
 */
export function drawingsInside(markdown: MarkdownRenderer, site: string): void {
  const image = markdown.renderer.rules.image;
  if (!image) throw new Error("drawingsInside: expected a rule for images, got none");
  markdown.renderer.rules.image = (tokens, i, options, env, self) => {
    const source = tokens[i].attrGet("src") ?? "";
    if (!/^[\w-]+\.svg$/.test(source)) return image(tokens, i, options, env, self);
    const drawing = readFileSync(join(site, dirname(env.relativePath), source), "utf8");
    const label = markdown.utils.escapeHtml(tokens[i].content.replaceAll("\n", " "));
    return drawing
      .replaceAll(/\s*<(style|title)>[\s\S]*?<\/\1>/g, "")
      .replaceAll(/\n\s*/g, "")
      .replace("<svg", `<svg class="drawing" role="img" aria-label="${label}"`);
  };
}
