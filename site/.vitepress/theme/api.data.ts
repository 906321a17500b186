import { existsSync, readFileSync } from "node:fs";

/** A page of the API, or the topics and modules that have pages. */
export interface ApiLink {
  readonly text: string;
  readonly link: string;
}

export interface ApiTopic extends ApiLink {
  /** The folder of its pages. */
  readonly folder: string;
  readonly isModule: boolean;
  /** Functions, classes and constants, and the page of the types. */
  readonly symbols: readonly ApiLink[];
}

/** What typedoc writes: the topics of the main module, and the other modules, each with its symbols. */
interface Item {
  readonly text: string;
  readonly link?: string;
  readonly items?: readonly Item[];
}

const site = new URL("../../", import.meta.url);
const file = new URL("api/typedoc-sidebar.json", site);

/** Types share a page. */
const hasPage = (link: string): boolean => existsSync(new URL(`.${link}`, site));

declare const data: readonly ApiTopic[];

export { data };

export default {
  load(): ApiTopic[] {
    const [main]: Item[] = JSON.parse(readFileSync(file, "utf8"));
    return (main.items ?? []).map(({ text, link, items = [] }) => {
      const folder = items[0]?.link?.replace(/[^/]*$/, "") ?? "";
      return {
        text: link ? `lanewise/${text}` : text,
        link: link ? folder : `/api/lanewise/#${folder.split("/").at(-2)}`,
        folder,
        isModule: link !== undefined,
        symbols: [
          ...items.filter(({ link = "" }) => hasPage(link)),
          ...(hasPage(`${folder}types.md`) ? [{ text: "Types", link: `${folder}types` }] : []),
        ].map(({ text, link = "" }) => ({ text, link: link.replace(/\.md$/, "") })),
      };
    });
  },
};
