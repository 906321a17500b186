import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";

const root = new URL("../../", import.meta.url);
const GUIDE = "docs/guide/";

/** The text of a page, which is named by its path from the root of the repository. */
export const read = (page: string): string => readFileSync(new URL(page, root), "utf8");

/** The README and the guides. Their programs are complete files, and their commands run on the package alone. */
export const guides: readonly string[] = [
  "README.md",
  ...readdirSync(new URL(GUIDE, root), "utf8")
    .filter((name) => name.endsWith(".md"))
    .sort()
    .map((name) => GUIDE + name),
];

/** Every page that the package ships, except the changelog. */
export const pages: readonly string[] = [
  "README.md",
  ...readdirSync(new URL("docs", root), { encoding: "utf8", recursive: true })
    .filter((name) => name.endsWith(".md"))
    .sort()
    .map((name) => `docs/${name.replaceAll("\\", "/")}`),
];

export interface Program {
  readonly page: string;
  /** Unique among all programs, and fit for the name of a file: "docs-guide-train-1". */
  readonly name: string;
  /** "js" runs in Node, "js worker" in an edge runtime, "mjs" needs a module that only a bundler can import. */
  readonly kind: string;
  readonly text: string;
}

/** The programs in a page, in order. */
export const programsOf = (page: string): Program[] =>
  [...read(page).matchAll(/^```(js|js worker|mjs)\n([\s\S]*?)^```/gm)].map(([, kind, text], i) => ({
    page,
    name: `${page.replace(/\.md$/, "").replaceAll("/", "-")}-${i + 1}`,
    kind,
    text,
  }));

/** The relative links of a page, as paths from the root of the repository, without what is after #. */
export const linksOf = (page: string): string[] =>
  [...read(page).matchAll(/\]\((?![a-z]+:|#)([^)#]+)/g)].map(([, link]) =>
    posix.join(posix.dirname(page), link),
  );
