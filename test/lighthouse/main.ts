// npm run test:lighthouse: the scores of Lighthouse for a page of each kind of the built site, on a desktop
// and on a phone. The reports are written to out/lighthouse/. Performance depends on the machine, and on what
// else runs on it: it is printed, and the best of some rounds counts. The other scores must be 95 or more.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { launch } from "chrome-launcher";
import lighthouse, { desktopConfig, type Result } from "lighthouse";
import { runCommand } from "../../cli/command.js";
import { text, wholeNumber } from "../../cli/options.js";
import { textTable } from "../../cli/text-table.js";
import { type ServedSite, serveSite } from "../../site/serve.js";

const out = fileURLToPath(new URL("../../out", import.meta.url));
const reports = join(out, "lighthouse");

const PAGES = ["", "playground/", "how-to/train"];
/** Lighthouse is a phone when nothing else is said. */
const PRESETS = { desktop: desktopConfig, mobile: undefined };
type Preset = keyof typeof PRESETS;
const presets = Object.keys(PRESETS) as Preset[];
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"] as const;
const LEAST = 95;

type Scores = Readonly<Record<(typeof CATEGORIES)[number], number>>;

/** One page in one preset. */
interface Row {
  readonly page: string;
  readonly preset: Preset;
  readonly scores: Scores;
  /** What performance is made of, as the report words it. */
  readonly times: readonly string[];
}

const HEAD = ["page", "preset", ...CATEGORIES, "LCP", "TBT", "CLS"];

const isAsserted = (name: string): boolean => name !== "performance";
const titleOf = ({ page, preset }: Row): string => `/${page} (${preset})`;
const lineOf = ({ page, preset, scores, times }: Row): string[] => [
  `/${page}`,
  preset,
  ...CATEGORIES.map((name) => String(scores[name])),
  ...times,
];

async function score(pages: readonly string[], rounds: number): Promise<Row[]> {
  mkdirSync(reports, { recursive: true });
  const site = await serveSite(join(out, "site"));
  try {
    const rows: Row[] = [];
    for (const page of pages)
      for (const preset of presets) {
        const tries: Row[] = [];
        for (let round = 0; round < rounds; round++) tries.push(await visit(site, page, preset));
        tries.sort((a, b) => b.scores.performance - a.scores.performance);
        rows.push(tries[0]);
      }
    return rows;
  } finally {
    await site.stop();
  }
}

/** By a Chromium that has seen nothing before. @throws Error when Lighthouse could not score the page */
async function visit(site: ServedSite, page: string, preset: Preset): Promise<Row> {
  const chrome = await launch({
    chromePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    chromeFlags: ["--headless=new", "--no-sandbox", "--disable-gpu"],
  });
  try {
    const flags = { port: chrome.port, output: "html", logLevel: "error" } as const;
    const result = await lighthouse(`${site.address}${page}`, flags, PRESETS[preset]);
    const failure = result ? result.lhr.runtimeError?.message : "there is no result";
    if (!result || failure) throw new Error(`Lighthouse could not score /${page} (${preset}): ${failure}`);
    const name = `${page.replaceAll("/", "-") || "home"}-${preset}.html`;
    writeFileSync(join(reports, name), String(result.report));
    return { page, preset, scores: scoresOf(result.lhr), times: timesOf(result.lhr) };
  } finally {
    chrome.kill();
  }
}

const scoresOf = ({ categories }: Result): Scores =>
  Object.fromEntries(
    CATEGORIES.map((name) => [name, Math.round(100 * (categories[name].score ?? 0))]),
  ) as unknown as Scores;

const timesOf = ({ audits }: Result): string[] =>
  ["largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift"].map(
    (name) => audits[name].displayValue ?? "",
  );

await runCommand({
  name: "npm run test:lighthouse --",
  description: "Prints Lighthouse's scores of the built site, on a desktop and on a phone.",
  options: {
    rounds: {
      type: "string",
      default: "1",
      valueHint: "N",
      description: "runs of each page; the best counts",
    },
    pages: { type: "string", default: PAGES.join(), valueHint: "PATHS", description: "paths, by commas" },
  },
  async run(args) {
    const rounds = wholeNumber("rounds", args.rounds, 1) ?? 1;
    const pages = (args.pages === "" ? "" : (text("pages", args.pages) ?? "")).split(",");
    const rows = await score(pages, rounds);
    console.log(textTable([HEAD, ...rows.map(lineOf)], (column) => column > 1));
    const low = rows.filter(({ scores }) =>
      CATEGORIES.some((name) => isAsserted(name) && scores[name] < LEAST),
    );
    if (low.length > 0)
      throw new Error(
        `test:lighthouse expected ${CATEGORIES.filter(isAsserted).join(", ")} of at least ${LEAST}, ` +
          `got less on ${low.map(titleOf).join(", ")}: out/lighthouse/ has the reports`,
      );
  },
});
