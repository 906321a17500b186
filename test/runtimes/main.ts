import { runCommand, UsageError } from "../../cli/command.js";
import { text } from "../../cli/options.js";
import { writeWhole } from "../../cli/whole-file.js";
import type { Report } from "../conformance/report.js";
import { conformanceTable, trainingsTable } from "../conformance/table.js";
import { disagreements, failuresOf } from "./judge.js";
import { makeConformanceProject } from "./project.js";
import { isInstalled, runtimes } from "./runtimes.js";

const names = runtimes.map(({ name }) => name);
const RESULTS = "out/runtimes.json";

/** Says of every runtime whether the packed package trains there to the same weights. */
await runCommand({
  name: "npm run test:runtimes --",
  description:
    "Runs the conformance program from the packed package in Node 20 to 26, Deno, Bun, workerd and edge-runtime.",
  options: {
    "allow-missing": {
      type: "string",
      valueHint: "NAMES",
      description: `runtimes that need not be there, by commas (${names.join(",")})`,
    },
  },
  async run(args) {
    const allowed = text("allow-missing", args["allow-missing"])?.split(",") ?? [];
    const stranger = allowed.find((name) => !names.includes(name));
    if (stranger !== undefined)
      throw new UsageError(`--allow-missing expected some of ${names.join(",")}, got ${stranger}`);

    const project = await makeConformanceProject();
    const reports: Report[] = [];
    const failures: string[] = [];
    for (const runtime of runtimes) {
      const { name } = runtime;
      if (!isInstalled(runtime)) {
        if (allowed.includes(name)) console.log(`${name} is missing, which --allow-missing allows`);
        else
          failures.push(
            `${name}: missing; npm ci --prefix test/runtimes installs it, --allow-missing ${name} goes without`,
          );
        continue;
      }
      try {
        const report = await runtime.run(project);
        reports.push(report);
        failures.push(...failuresOf(runtime.compiles, report).map((failure) => `${name}: ${failure}`));
      } catch (error) {
        failures.push(`${name}: ${error instanceof Error ? error.message : error}`);
      }
    }
    failures.push(...disagreements(reports));

    console.log(`${conformanceTable(reports)}\n\n${trainingsTable(reports)}`);
    writeWhole(RESULTS, `${JSON.stringify(reports, undefined, 1)}\n`);
    console.log(`\n${reports.length} of ${runtimes.length} runtimes ran; results: ${RESULTS}`);
    if (failures.length > 0) throw new Error(failures.join("\n"));
    console.log(`scalar and SIMD builds: one hash everywhere, ${reports[0].builds[0].sha256}`);
  },
});
