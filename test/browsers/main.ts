import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startVitest } from "vitest/node";
import { runCommand, UsageError } from "../../cli/command.js";
import { text } from "../../cli/options.js";
import { conformanceTable, trainingsTable } from "../conformance/table.js";
import { drivers, isInstalled } from "./drivers/index.js";
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

/** Debian's own, where this is Debian and its administrator. Elsewhere the tests say what is missing. */
function installMissing(allowed: readonly string[]): void {
  const missing = drivers.filter((driver) => !isInstalled(driver) && !allowed.includes(driver.name));
  if (missing.length === 0 || !existsSync("/etc/debian_version") || process.getuid?.() !== 0) return;
  const packages = missing.flatMap(({ packages }) => packages);
  console.log(`installing ${packages.join(" ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const stdio = ["ignore", "ignore", "inherit"] as const;
  execFileSync("apt-get", ["update"], { env, stdio: [...stdio] });
  execFileSync("apt-get", ["install", "--yes", "--no-install-recommends", ...packages], {
    env,
    stdio: [...stdio],
  });
}
