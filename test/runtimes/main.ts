import { runCommand, UsageError } from "../../cli/command.js";
import { text } from "../../cli/options.js";
import { writeWhole } from "../../cli/whole-file.js";
import { hashesOf, type Report } from "../conformance/report.js";
import { conformanceTable } from "../conformance/table.js";
import { makeProject } from "./project.js";
import { isInstalled, type Runtime, runtimes } from "./runtimes.js";

const names = runtimes.map(({ name }) => name);
const RESULTS = "out/runtimes.json";

/** Says of every runtime whether the packed package trains there to the same weights. */
await runCommand({
  name: "npm run test:runtimes --",
  description: "Runs the conformance program from the packed package in Node 20 to 26, Deno, Bun, workerd and edge-runtime.",
  options: {
    "allow-missing": { type: "string", valueHint: "NAMES", description: `runtimes that need not be there, by commas (${names.join(",")})` },
  },
  async run(args) {
    const allowed = text("allow-missing", args["allow-missing"])?.split(",") ?? [];
    const stranger = allowed.find((name) => !names.includes(name));
    if (stranger !== undefined) throw new UsageError(`--allow-missing expected some of ${names.join(",")}, got ${stranger}`);

    const project = await makeProject();
    const reports: Report[] = [];
    const failures: string[] = [];
    for (const runtime of runtimes) {
      const { name } = runtime;
      if (!isInstalled(runtime)) {
        if (allowed.includes(name)) console.log(`${name} is missing, which --allow-missing allows`);
        else failures.push(`${name}: missing; npm ci --prefix test/runtimes installs it, --allow-missing ${name} goes without`);
        continue;
      }
      try {
        const report = await runtime.run(project);
        reports.push(report);
        failures.push(...failuresOf(runtime, report).map((failure) => `${name}: ${failure}`));
      } catch (error) {
        failures.push(`${name}: ${error instanceof Error ? error.message : error}`);
      }
    }
    const hashes = hashesOf(reports);
    if (hashes.length !== 1) failures.push(`expected one hash of the weights of all scalar and SIMD builds, got ${hashes.length}`);

    console.log(conformanceTable(reports));
    writeWhole(RESULTS, `${JSON.stringify(reports, undefined, 1)}\n`);
    console.log(`\n${reports.length} of ${runtimes.length} runtimes ran; results: ${RESULTS}`);
    if (failures.length > 0) throw new Error(failures.join("\n"));
    console.log(`scalar and SIMD builds: one hash everywhere, ${hashes[0]}`);
  },
});

/** What a report says against a runtime, and what is missing from it. */
function failuresOf({ compiles }: Runtime, { builds, embedded, failures }: Report): string[] {
  const made = builds.map(({ variant }) => variant);
  const missing = (["scalar", "simd"] as const).filter((variant) => !made.includes(variant));
  return [...failures, ...missing.map((variant) => `has no ${variant} build`), ...embeddedFailures(compiles, embedded)];
}

/** The embedded SIMD build must be made without more ado; a host that forbids compiling must be told of by name, with the way out. */
function embeddedFailures(compiles: boolean, embedded: Report["embedded"]): string[] {
  const told = JSON.stringify(embedded);
  if (compiles) return "variant" in embedded && embedded.variant === "simd" ? [] : [`createBackend() expected to make the SIMD build, got ${told}`];
  const named = "error" in embedded && /^BackendError: .*forbids compiling WebAssembly from bytes.*import a \.wasm file.*\{ wasm \}/.test(embedded.error);
  return named ? [] : [`createBackend() expected to say that the host forbids compiling and to name { wasm }, got ${told}`];
}
