import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pagesOf, sections } from "./navigation.js";

/**
 * Writes llms.txt, which lists the pages for language models, in the order of the sidebars. The reference of
 * the API is left out: it is long, and the package has the types.
 */
export function writeTexts(folder: string, site: string): void {
  const read = (link: string) =>
    readFileSync(join(site, `${link.endsWith("/") ? `${link}index` : link}.md`), "utf8");
  const parts = sections.map((section) => ({
    text: section.text,
    pages: pagesOf(section).map((page) => ({ ...page, text: read(page.link) })),
  }));
  const lists = parts.map(({ text, pages }) => {
    const lines = pages.map((page) => `- [${page.title}](${page.link}): ${summaryOf(page.text)}`);
    return `## ${text}\n\n${lines.join("\n")}\n`;
  });
  writeFileSync(join(folder, "llms.txt"), `${HEAD}\n${lists.join("\n")}`);
}

const HEAD = `# lanewise

> lanewise trains and runs small neural networks in every JavaScript runtime, at SIMD speed, without
> dependencies. The same seed gives the same weights, bit for bit, in every engine.

Install it by \`npm install lanewise\`. It consists of ES modules and needs Node 20 or later.
`;

/** The first sentence of a page, outside of programs, tables and lists. */
const summaryOf = (text: string): string => {
  const paragraphs = text.split(/\n\n/).filter((part) => /^(?!```)[A-Z0-9`]/.test(part));
  const sentences = paragraphs.map((part) => part.replaceAll("\n", " ").match(/^[^|]*?[.:](?= |$)/)?.[0]);
  return sentences.find((sentence) => sentence !== undefined)?.replace(/:$/, ".") ?? "";
};
