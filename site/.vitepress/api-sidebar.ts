import { existsSync, readFileSync } from "node:fs";
import type { DefaultTheme } from "vitepress";

const file = new URL("../api/typedoc-sidebar.json", import.meta.url);

/**
 * The sidebars of the API's pages. A page lists the modules and what stands beside it in its own: all symbols
 * on each page would make the site several times as large.
 */
export function apiSidebar(): DefaultTheme.SidebarMulti {
  if (!existsSync(file)) throw new Error("the site needs the pages of the API: run `npm run api` first");
  const modules: DefaultTheme.SidebarItem[] = JSON.parse(readFileSync(file, "utf8"));
  const own = { text: "API", link: "/api/", items: modules.map(({ text, link }) => ({ text, link })) };
  const sidebars: DefaultTheme.SidebarMulti = { "/api/": [own] };
  for (const { text: module, link = "", items: kinds = [] } of modules) {
    for (const { text, items = [] } of kinds) {
      const folder = items[0]?.link?.replace(/[^/]*$/, "") ?? link;
      sidebars[folder] = [own, { text: `${text} of ${module}`, items }];
    }
  }
  return sidebars;
}
