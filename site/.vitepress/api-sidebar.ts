import { existsSync, readFileSync } from "node:fs";
import type { DefaultTheme } from "vitepress";

const folder = new URL("../", import.meta.url);
const file = new URL("api/typedoc-sidebar.json", folder);

/** What typedoc writes: the topics of the main module, and the other modules, each with its symbols. */
type Item = { readonly text: string; readonly link?: string; readonly items?: readonly Item[] };

/**
 * The sidebars of the API's pages. A page lists the topics, and the functions and classes beside it in its own:
 * all symbols on each page would make the site several times as large. Types are reached from the functions.
 */
export function apiSidebar(): DefaultTheme.SidebarMulti {
  if (!existsSync(file)) throw new Error("the site needs the pages of the API: run `npm run api` first");
  const [main, ...rest]: Item[] = JSON.parse(readFileSync(file, "utf8"));
  const groups = [...(main.items ?? []), ...rest].map(({ text, items = [] }) => {
    const path = items[0]?.link?.replace(/[^/]*$/, "") ?? "";
    const isModule = existsSync(new URL(`.${path}index.md`, folder));
    return { path, isModule, text: isModule ? `lanewise/${text}` : text, items };
  });
  const overview: DefaultTheme.SidebarItem[] = [
    {
      text: "lanewise",
      link: "/api/lanewise/",
      items: groups
        .filter(({ isModule }) => !isModule)
        .map(({ text, path }) => ({ text, link: `/api/lanewise/#${path.split("/").at(-2)}` })),
    },
    {
      text: "Other entries",
      link: "/api/",
      items: groups.filter(({ isModule }) => isModule).map(({ text, path }) => ({ text, link: path })),
    },
  ];
  const sidebars: DefaultTheme.SidebarMulti = { "/api/": overview };
  for (const { text, path, items } of groups) {
    const symbols = items.filter(({ link = "" }) => !isType(link)).map(({ text, link }) => ({ text, link }));
    sidebars[path] = [{ text, items: symbols }, ...overview];
  }
  return sidebars;
}

/** Whether the page is that of an interface or an alias. */
const isType = (link: string): boolean =>
  /^# (Interface|Type Alias)/m.test(readFileSync(new URL(`.${link}`, folder), "utf8"));
