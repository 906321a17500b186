import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/**
 * Puts the types of each folder of the reference on one page, types.md: most are the options of a function,
 * and a page for each would make up half of the site.
 */
export function gatherTypes(folder) {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => path.endsWith(".md") && statSync(path).isFile());
  const texts = new Map(files.map((path) => [path, readFileSync(path, "utf8").replace(ORIGIN, "")]));
  const types = files.filter((path) => HEAD.test(texts.get(path))).sort();
  const isType = new Set(types);

  /** Leads the links of a page that stays or is gathered at `to` to where the types now are. */
  const linked = (from, to) =>
    texts.get(from).replace(/\]\(([\w./-]+\.md)(?:#([\w-]+))?\)/g, (link, path, anchor) => {
      const target = join(dirname(from), path);
      if (!isType.has(target)) return link;
      const page = pageOf(target);
      const place = anchor ? `${anchorOf(target)}-${anchor}` : anchorOf(target);
      return `](${page === to ? "" : relative(dirname(to), page)}#${place})`;
    });

  const pages = new Map();
  for (const path of files) {
    if (!isType.has(path)) {
      writeFileSync(path, linked(path, path));
      continue;
    }
    const page = pageOf(path);
    const above = linked(path, page).slice(0, linked(path, page).indexOf("\n"));
    const place = pages.get(page) ?? [
      `---\noutline: 2\n---\n\n${above.replace(/[^/]*$/, " Types")}\n\n# Types\n`,
    ];
    pages.set(page, [...place, section(linked(path, page), anchorOf(path))]);
    rmSync(path);
  }
  for (const [page, sections] of pages) writeFileSync(page, sections.join("\n"));
}

/** Where a member comes from: of no use to who calls it. */
const ORIGIN = /^#+ (?:Inherited from|Implementation of|Overrides)\n\n.+\n\n?/gm;
const HEAD = /^# (?:Interface|Type Alias): (.*)$/m;
const pageOf = (type) => join(dirname(type), "types.md");
const anchorOf = (type) => relative(dirname(type), type).replace(/\.md$/, "").toLowerCase();

/** A page as a part of another: its head one level lower, the others two, its anchors with its name. */
function section(text, anchor) {
  const seen = new Map();
  const named = (head) => {
    const name = head.replace(/\W/g, "").toLowerCase();
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return `{#${anchor}-${name}${count > 0 ? `-${count}` : ""}}`;
  };
  return text
    .slice(text.search(HEAD))
    .replace(/^#(#+) (.*)$/gm, (_, level, head) => `##${level} ${head} ${named(head)}`)
    .replace(HEAD, `## $1 {#${anchor}}`)
    .replaceAll('<a id="', `<a id="${anchor}-`);
}
