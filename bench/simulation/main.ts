/** Simulates workers, and writes what that gives into site/explanation/distributed.md. */
import { readFileSync, writeFileSync } from "node:fs";
import { runCommand } from "../../cli/command.js";
import { withTables } from "./page.js";

const page = new URL("../../site/explanation/distributed.md", import.meta.url);

await runCommand({
  name: "npm run bench:simulation --",
  description: "Simulates 1 to 1,000 workers, and writes the tables of site/explanation/distributed.md.",
  options: {},
  run: async () => {
    const text = withTables(readFileSync(page, "utf8"));
    writeFileSync(page, text);
    console.log(
      text
        .split("\n")
        .filter((line) => line.startsWith("|"))
        .join("\n"),
    );
  },
});
