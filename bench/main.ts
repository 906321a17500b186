/**
 * Benchmarks of lanewise on this machine. The method:
 *
 * - Every build (scalar, simd, relaxed) has a process of its own, started at the beginning; one of them works
 * at a time, and they take turns
 *   case by case, so that a slow minute of the machine hits all of them. Data come from seeds.
 * - Warm-up is for a time and for a number of calls: until the engine's optimising compiler has replaced the
 * first, quick code. - A repetition is a batch of calls of some milliseconds, far above the clock's
 * resolution; there are from five to hundreds of them
 *   (of training, which takes seconds, at least two). Told are the fastest, the median and the distance
 * between the quartiles ("spread").
 * - Products of matrices are held against the multiply-add peak of the core, a loop in registers alone
 * (peak/peak.ts), measured
 *   between the repetitions in the same process: "of peak" is the fastest repetition of the one by the
 * fastest of the other, because
 *   what disturbs a measurement only makes it slower.
 * - Results go into a sink, which is sent along with the measurements.
 */
import { runCommand } from "../cli/command.js";
import { writeWhole } from "../cli/whole-file.js";
import { Build } from "./build.js";
import { options, readSettings, type Settings } from "./options.js";
import { compilePeak } from "./peak/compile.js";
import type { Row } from "./results.js";
import { suites } from "./suites/index.js";
import { labelOf, suiteTable } from "./table.js";

await runCommand({
  name: "npm run bench --",
  description:
    "Measures products of matrices, elementwise operations, training and inference on every build.",
  options,
  run: (args) => bench(readSettings(args)),
});

async function bench({ suites: names, variants, threads, quick, json }: Settings): Promise<void> {
  const began = performance.now();
  await compilePeak(variants);
  const builds: Build[] = [];
  for (const variant of variants)
    for (const count of threads) {
      const build = await Build.start(variant, count, quick);
      if (build) builds.push(build);
    }
  const rows: Row[] = [];
  try {
    for (const name of names) {
      const ofSuite = await runSuite(name, builds);
      rows.push(...ofSuite);
      console.log(`\n${name}\n\n${suiteTable(ofSuite, builds)}`);
    }
  } finally {
    for (const build of builds) build.stop();
  }
  console.log(
    `\n${((performance.now() - began) / 1000).toFixed(0)} s on ${process.release.name} ${process.versions.node}`,
  );
  if (json === undefined) return;
  writeWhole(json, `${JSON.stringify(rows, undefined, 1)}\n`);
  console.log(`rows: ${json}`);
}

async function runSuite(suite: string, builds: readonly Build[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [index, { title }] of (suites.get(suite) ?? []).entries()) {
    for (const build of builds) {
      progress(`${suite}: ${title} (${labelOf(build)})`);
      rows.push(...(await build.run({ suite, index })));
    }
  }
  progress("");
  return rows;
}

/** One line on a terminal, overwritten by the next. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
