import { readFileSync } from "node:fs";

/** A page of the API, or a symbol on one. */
export interface ApiLink {
  readonly text: string;
  readonly link: string;
}

export interface ApiPage extends ApiLink {
  /** Functions, classes and constants, and the heading of the types. */
  readonly symbols: readonly ApiLink[];
}

/** The topics of the main module, or the other entries. */
export interface ApiPart {
  readonly title: string;
  readonly pages: readonly ApiPage[];
}

declare const data: readonly ApiPart[];

export { data };

const read = (name: string): string => readFileSync(new URL(`../../api/${name}`, import.meta.url), "utf8");

/** The parts of a page under its headings of the second level. */
const partsOf = (text: string): { title: string; text: string }[] =>
  text
    .split(/^## /m)
    .slice(1)
    .map((part) => ({ title: part.slice(0, part.indexOf("\n")).replace(/ \{.*/, ""), text: part }));

function symbolsOf(link: string, text: string): ApiLink[] {
  return partsOf(text).flatMap(({ title, text }) =>
    title === "Types"
      ? [{ text: title, link: `${link}#types` }]
      : [...text.matchAll(/^### (.*?) \{#(.*)\}$/gm)].map(([, name, anchor]) => ({
          text: name.replace(/\(\)$|^`abstract` /g, ""),
          link: `${link}#${anchor}`,
        })),
  );
}

export default {
  /** From what typedoc writes: the index lists the pages, whose headings are the symbols. */
  load(): ApiPart[] {
    return partsOf(read("index.md"))
      .filter(({ title }) => title !== "Examples")
      .map(({ title, text }) => ({
        title,
        pages: [...text.matchAll(/\[(.*?)\]\((.*?)\.md\)/g)].map(([, name, page]) => ({
          text: name,
          link: `/api/${page}`,
          symbols: symbolsOf(`/api/${page}`, read(`${page}.md`)),
        })),
      }));
  },
};
