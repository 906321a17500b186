import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";

const root = new URL("../../", import.meta.url);
/** The text of a page, which is named by its path from the root of the repository. */
export const read = (page: string): string => readFileSync(new URL(page, root), "utf8");

const pagesIn = (folder: string): string[] =>
  readdirSync(new URL(folder, root), { encoding: "utf8", recursive: true })
    .filter((name) => name.endsWith(".md"))
    .sort()
    .map((name) => folder + name.replaceAll("\\", "/"));

/** The folders of the documentation, each with an index of its pages, index.md. */
export const folders: readonly string[] = ["tutorial", "how-to", "migrate", "explanation", "reference"].map(
  (name) => `site/${name}/`,
);

/** Every page that the package ships, except the changelog. */
export const pages: readonly string[] = ["README.md", ...folders.flatMap(pagesIn)];

/** The page whose programs need other libraries: `npm run test:interop` runs them. */
export const formats = "site/reference/file-formats.md";

/** The pages whose programs are complete files, and whose commands run on the package alone. */
export const guides: readonly string[] = pages.filter((page) => page !== formats);

export interface Program {
  readonly page: string;
  /** Unique among all programs, and fit for the name of a file: "site-how-to-train-1". */
  readonly name: string;
  /** "js" runs in Node, "js worker" in an edge runtime, "mjs" needs a module that only a bundler can import. */
  readonly kind: string;
  /** Whether the site runs it in the page, too. */
  readonly live: boolean;
  readonly text: string;
}

/** The programs in a page, in order. */
export const programsOf = (page: string): Program[] =>
  [...read(page).matchAll(/^```(js|js worker|mjs)( live)?\n([\s\S]*?)^```/gm)].map(
    ([, kind, live, text], i) => ({
      page,
      name: `${page.replace(/\.md$/, "").replaceAll("/", "-")}-${i + 1}`,
      kind,
      live: live !== undefined,
      text,
    }),
  );

/** A file that a page writes out, such as "```js trainer.js" does. */
export function fileIn(page: string, name: string): string {
  const [, text] =
    read(page).match(new RegExp(`^\`\`\`\\w+ ${name.replace(".", "\\.")}\n([\\s\\S]*?)^\`\`\``, "m")) ?? [];
  if (text === undefined) throw new Error(`${page}: expected a file ${name}, got none`);
  return text;
}

/** The relative links of a page, as paths from the root of the repository, without what is after #. */
export const linksOf = (page: string): string[] =>
  [...read(page).matchAll(/\]\((?![a-z]+:|#)([^)#]+)/g)].map(([, link]) =>
    posix.join(posix.dirname(page), link),
  );
