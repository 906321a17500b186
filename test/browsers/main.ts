import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startVitest } from "vitest/node";
import { runCommand, UsageError } from "../../cli/command.js";
import { text } from "../../cli/options.js";
import { conformanceTable, trainingsTable } from "../conformance/table.js";
import { drivers } from "./drivers/index.js";
import { installMissing } from "./drivers/install.js";
import { results } from "./site.js";

declare module "vitest" {
  interface ProvidedContext {
    /** Names of browsers without which the tests pass too. */
    allowMissing: readonly string[];
  }
}

const names = drivers.map(({ name }) => name);

/** Tests the packed package in browsers. */
await runCommand({
  name: "npm run test:browsers --",
  description:
    "Runs the conformance program, the bundlers' output and the examples' pages in Chromium, Firefox and WebKitGTK.",
  options: {
    "allow-missing": {
      type: "string",
      valueHint: "NAMES",
      description: `browsers that may be missing, by commas (${names.join(",")})`,
    },
  },
  async run(args) {
    const allowMissing = text("allow-missing", args["allow-missing"])?.split(",") ?? [];
    const stranger = allowMissing.find((name) => !names.includes(name));
    if (stranger !== undefined)
      throw new UsageError(`--allow-missing expected some of ${names.join(",")}, got ${stranger}`);
    installMissing(allowMissing);

    const config = fileURLToPath(new URL("vitest.config.ts", import.meta.url));
    const vitest = await startVitest("test", [], { config, watch: false, provide: { allowMissing } });
    await vitest.close();
    const reports = JSON.parse(readFileSync(results, "utf8"));
    console.log(`${conformanceTable(reports)}\n\n${trainingsTable(reports)}`);
  },
});
