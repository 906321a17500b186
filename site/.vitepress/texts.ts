import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sections } from "./navigation.js";

/**
 * Writes the documentation as plain text, for language models: llms.txt lists the pages, llms-full.txt holds
 * all of them. Their order is that of the sidebar. The reference of the API is left out: it is long, and the
 * package has the types.
 */
export function writeTexts(folder: string, site: string): void {
  const pages = sections.flatMap(({ text: section = "", items = [] }) =>
    items
      .filter(({ link = "" }) => !/^\/(api|changelog)/.test(link))
      .map(({ text: title = "", link = "" }) => {
        const name = link.endsWith("/") ? `${link}index` : link;
        return { section, title, link, text: readFileSync(join(site, `${name}.md`), "utf8") };
      }),
  );
  const list = sections
    .map(({ text: section }) => ({ section, inside: pages.filter((page) => page.section === section) }))
    .filter(({ inside }) => inside.length > 0)
    .map(
      ({ section, inside }) =>
        `## ${section}\n\n${inside.map(({ title, link, text }) => `- [${title}](${link}): ${summaryOf(text)}`).join("\n")}\n`,
    );
  writeFileSync(join(folder, "llms.txt"), `${HEAD}\n${list.join("\n")}`);
  writeFileSync(
    join(folder, "llms-full.txt"),
    `${HEAD}\n${pages.map(({ text }) => text).join("\n\n---\n\n")}`,
  );
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
