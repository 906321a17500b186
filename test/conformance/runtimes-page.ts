import { existsSync, readFileSync } from "node:fs";
import { runCommand } from "../../cli/command.js";
import { writeWhole } from "../../cli/whole-file.js";
import type { Report } from "./report.js";
import { threadsCell, variants } from "./table.js";

const PAGE = "site/reference/runtimes.md";
/** What npm run test:runtimes and npm run test:browsers leave. */
const RESULTS = ["out/runtimes.json", "out/browsers.json"];
const [BEGIN, END] = ["<!-- runtimes -->", "<!-- /runtimes -->"];

await runCommand({
  name: "npm run docs:runtimes --",
  description: `Writes the results in ${RESULTS.join(" and ")} into the table of ${PAGE}.`,
  options: {},
  async run() {
    const there = RESULTS.filter((path) => existsSync(path));
    if (there.length === 0)
      throw new Error(
        `expected ${RESULTS.join(" or ")}; npm run test:runtimes and npm run test:browsers write them`,
      );
    const reports: Report[] = there.flatMap((path) => JSON.parse(readFileSync(path, "utf8")));
    const page = readFileSync(PAGE, "utf8");
    const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
    if (begin < 0 || end < begin) throw new Error(`${PAGE}: expected ${BEGIN} and after it ${END}`);
    writeWhole(PAGE, `${page.slice(0, begin)}${BEGIN}\n${markdownTable(reports)}\n${page.slice(end)}`);
    console.log(`${PAGE}: ${reports.length} runtimes from ${there.join(" and ")}`);
  },
});

function markdownTable(reports: readonly Report[]): string {
  const rows = reports.map(({ runtime, builds, threads }) => [
    `${runtime.name} ${runtime.version}`,
    ...variants.map((variant) => {
      const build = builds.find((build) => build.variant === variant);
      return build
        ? `${build.sha256.slice(0, 8)} ${build.accuracy.toFixed(3)} ${build.seconds.toFixed(2)} s`
        : "";
    }),
    threadsCell(threads),
  ]);
  const head = ["", ...variants, "threads"];
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
