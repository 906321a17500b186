// npm run test:mutants -- [--only WORDS]... [--list] [--jobs N]: breaks the sources a line at a time, in
// copies, and sees that the tests notice. A table that does not fit the sources is an error, whatever was
// asked for.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import asc from "assemblyscript/asc";
import { transform } from "esbuild";
import { table } from "./table.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
/**
 * Seconds after which a mutant that hangs counts as noticed: several times what the slowest of the tests
 * takes.
 */
const PATIENCE = 180;
/**
 * Both are broken alike, or the test that holds one against the other would notice any mutant of a kernel.
 */
const BUILDS = ["scalar", "simd"];

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true, default: [""] },
    list: { type: "boolean", default: false },
    jobs: { type: "string", default: "2" },
  },
});
if (!/^[1-9]$/.test(values.jobs)) throw new Error(`--jobs expected a number from 1 to 9, got ${values.jobs}`);
/** Each job has a copy of its own. */
const copies = Array.from({ length: Number(values.jobs) }, (_, i) => join(root, "out/mutants", String(i)));

const mutants = table.flatMap(({ file, tests, changes }) =>
  Object.entries(changes).map(([name, [from, to, others = {}]]) => ({
    name: `${file}: ${name}`,
    file,
    tests,
    from,
    to,
    ...others,
  })),
);
const sources = new Map(
  mutants.map(({ file }) => [
    file,
    existsSync(join(root, file)) ? readFileSync(join(root, file), "utf8") : undefined,
  ]),
);

/** Why a mutant does not fit the sources, undefined when it does. */
function misfit({ file, tests, from, to }) {
  const source = sources.get(file);
  if (source === undefined) return `there is no ${file}`;
  const missing = tests.find((test) => !existsSync(join(root, test)));
  if (missing) return `there is no ${missing}`;
  if (`${from}${to}`.includes("\n"))
    return `expected a change within a line, got ${JSON.stringify({ from, to })}`;
  const count = source.split(from).length - 1;
  return count === 1 ? undefined : `expected the text once in ${file}, got it ${count} times: ${from}`;
}

const misfits = mutants.flatMap((mutant) => {
  const why = misfit(mutant);
  return why ? [`${mutant.name}: ${why}`] : [];
});
for (const line of misfits) console.error(line);
if (misfits.length > 0)
  console.error(`${misfits.length} of ${mutants.length} mutants do not fit the sources: mend tools/mutants/`);
const chosen = mutants.filter(({ name }) => values.only.some((words) => name.includes(words)));
if (chosen.length === 0) console.error(`no mutant has ${values.only.join(" or ")} in its name`);
if (misfits.length > 0 || chosen.length === 0) process.exit(2);
if (values.list) {
  for (const { name, from, to } of chosen) console.log(`${name}\n    ${from}\n    ${to}`);
  process.exit();
}

function makeCopy(copy) {
  const { stdout } = spawnSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  });
  for (const file of stdout.split("\0").filter(Boolean)) {
    mkdirSync(join(copy, dirname(file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  for (const made of [
    "build",
    "assembly/generated",
    "src/threads/generated",
    "dist/threads-worker.js",
    "dist/rows-worker.js",
  ])
    cpSync(join(root, made), join(copy, made), { recursive: true });
  // No engine takes an empty module: the tests leave that build out.
  writeFileSync(join(copy, "build/relaxed.wasm"), "");
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
}

/** The compiler has one program at a time: the next waits for the last one. */
let compiling = Promise.resolve();

/**
 * Builds the modules that `file` belongs to. Without optimisation: the same bits, in a tenth of the time.
 * @throws Error when it does not compile
 */
function build(copy, file) {
  compiling = compiling.then(() =>
    isOfQueue(file)
      ? compile(copy, ["threads"], "assembly/threads.ts")
      : compile(copy, BUILDS, "assembly/index.ts"),
  );
  return compiling;
}

/** Whether a file belongs to the queue of the threads, a module of its own. */
const isOfQueue = (file) => file.startsWith("assembly/threads");

async function compile(copy, targets, source) {
  for (const target of targets) {
    const { error, stderr } = await asc.main([
      source,
      "--baseDir",
      copy,
      "--target",
      target,
      "--optimizeLevel",
      "0",
      "--shrinkLevel",
      "0",
    ]);
    if (error) throw new Error(`${error.message}\n${stderr}`);
  }
}

/** Runs tests. The status they end with, undefined where they do not. */
function runTests(copy, args) {
  return new Promise((resolve) => {
    // A group of its own, to be ended with all that it has started.
    const child = spawn(process.execPath, ["node_modules/vitest/vitest.mjs", "run", ...args], {
      cwd: copy,
      detached: true,
      stdio: "ignore",
    });
    const timer = setTimeout(() => process.kill(-child.pid, "SIGKILL"), PATIENCE * 1000);
    child.on("exit", (status) => {
      clearTimeout(timer);
      resolve(status ?? undefined);
    });
  });
}

/** The name of the first test that fails, undefined when none does. */
async function failure(copy, tests, ...options) {
  const report = join(copy, "report.json");
  rmSync(report, { force: true });
  const status = await runTests(copy, [
    "--reporter=json",
    `--outputFile=${report}`,
    // One process for each job.
    "--no-file-parallelism",
    ...options,
    ...tests,
  ]);
  if (status === 0) return undefined;
  if (status === undefined) return `no end after ${PATIENCE} s`;
  const files = JSON.parse(readFileSync(report, "utf8")).testResults;
  const failed = files
    .flatMap(({ assertionResults }) => assertionResults)
    .find(({ status }) => status === "failed");
  return failed
    ? failed.fullName.trim()
    : `${files.find(({ status }) => status === "failed")?.message}`.split("\n")[0];
}

/** What noticed a mutant, undefined when nothing did. The copy is whole again afterwards. */
async function judge(copy, mutant) {
  const { file, tests } = mutant;
  const text = sources.get(file).replace(mutant.from, () => mutant.to);
  writeFileSync(join(copy, file), text);
  try {
    // One that does not compile would be noticed by any test.
    if (file.startsWith("assembly/")) await build(copy, file);
    else await transform(text, { loader: "ts" });
    return await failure(copy, tests, "--bail=1");
  } catch (error) {
    throw new Error(`${mutant.name}: ${error.message}`);
  } finally {
    writeFileSync(join(copy, file), sources.get(file));
    for (const name of [...BUILDS, "threads"])
      cpSync(join(root, `build/${name}.wasm`), join(copy, `build/${name}.wasm`));
  }
}

/** The mutants that are left, one after another. */
async function judgeRest(copy, queue) {
  for (const mutant of queue) {
    const start = performance.now();
    const by = await judge(copy, mutant);
    const verdict = by ? "caught" : mutant.equivalent ? "equivalent" : "SURVIVED";
    verdicts.push(verdict);
    console.log(
      `${String(verdicts.length).padStart(3)}  ${verdict.padEnd(10)} ${secondsSince(start)}  ${mutant.name}\n${" ".repeat(25)}${by ?? mutant.equivalent ?? ""}`,
    );
  }
}

const secondsSince = (start) => `${Math.round((performance.now() - start) / 1000)} s`.padStart(6);
const began = performance.now();
const verdicts = [];
rmSync(join(root, "out/mutants"), { recursive: true, force: true });
copies.forEach(makeCopy);

const related = [...new Set(chosen.flatMap(({ tests }) => tests))];
await build(copies[0], "assembly/index.ts");
const unbroken = await failure(copies[0], related);
if (unbroken) throw new Error(`fails without a mutant: ${unbroken}`);
console.log(`${related.length} test files pass without a mutant, after ${secondsSince(began).trim()}`);

const queue = chosen.values();
await Promise.all(copies.map((copy) => judgeRest(copy, queue)));
rmSync(join(root, "out/mutants"), { recursive: true, force: true });

const count = (verdict) => verdicts.filter((each) => each === verdict).length;
console.log(
  `\n${chosen.length} mutants: ${count("caught")} caught, ${count("equivalent")} equivalent, ${count("SURVIVED")} survived, in ${secondsSince(began).trim()}`,
);
process.exit(count("SURVIVED") > 0 ? 1 : 0);
