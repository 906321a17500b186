/**
 * Cold start beside TensorFlow.js on its wasm backend, to the first prediction of a trained network that is
 * read from its file: from the import of the library in a fresh Node process, and from navigation in
 * Chromium, in a tab that shows another page of the site and has nothing of this one in its cache. A server
 * on this machine has each page, minified by esbuild. The two take turns, round after round, in Chromium with
 * an empty page. Told are the median over the rounds, the distance between the quartiles, and the median of
 * the ratios within a round, in Chromium also of what comes on top of the empty page.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ArgsDef } from "citty";
import { build } from "esbuild";
import { runCommand, UsageError } from "../../../cli/command.js";
import { textTable } from "../../../cli/text-table.js";
import { writeWhole } from "../../../cli/whole-file.js";
import { launchChromium } from "../../../test/browsers/drivers/chromium.js";
import { PageServer } from "../../../test/browsers/server.js";
import { median, summarize } from "../../method/statistics.js";
import { layersOf, mlp } from "../../nets.js";
import { fileFrom } from "../../options.js";
import { digits } from "../../table.js";

const path = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const tfjsWasm = path("../node_modules/@tensorflow/tfjs-backend-wasm/dist/");
const folder = path("../../../out/bench-start/");

const peers = ["lanewise", "tfjs"] as const;
type Peer = (typeof peers)[number];
/** The whole library with a new network, which needs no file. */
const NEW = "lanewise-new";
/** A page that loads no library and predicts nothing: what of the time is Chromium's own. */
const EMPTY = "empty page";

interface Result {
  readonly milliseconds: number;
  readonly output: readonly number[];
  /** The milliseconds of each part, in their order. */
  readonly parts?: Readonly<Record<string, number>>;
}

interface Row {
  readonly where: string;
  readonly peer: Peer | typeof EMPTY | typeof NEW;
  /** The median over the rounds, in milliseconds. */
  readonly value: number;
  /** The distance between the quartiles, in percent of the median. */
  readonly spread: number;
  /** Its time by that of tfjs in the same round: the median. */
  readonly ofTfjs: number;
  /** The same of what either takes longer than an empty page in that round. */
  readonly ofTfjsBeyondEmpty?: number;
  /** The medians of its parts over the rounds. */
  readonly parts: Readonly<Record<string, number>>;
}

const options = {
  rounds: { type: "string", valueHint: "N", description: "starts of each peer (11)" },
  json: {
    type: "string",
    valueHint: "FILE",
    description: "write the rows to this file too (bench/peers/results.json)",
  },
} as const satisfies ArgsDef;

await runCommand({
  name: "npm run bench:start --",
  description: "Measures how long lanewise and tfjs-wasm take to their first prediction.",
  options,
  async run(args) {
    const rounds = Number(args.rounds ?? 11);
    if (!Number.isInteger(rounds) || rounds < 1)
      throw new UsageError(`--rounds expected a whole number of at least 1, got ${args.rounds}`);
    const json = fileFrom(args.json, "bench/peers/results.json");
    prepare();
    const rows = [
      ...(await compare("Node", rounds, [...peers, NEW], inNode)),
      ...(await inChromium((start) => compare("Chromium", rounds, [...peers, EMPTY], start))),
    ];
    console.log(`to the first prediction of ${layersOf(mlp)}, one sample, ${rounds} rounds\n`);
    const body = rows.map(({ where, peer, value, spread, ofTfjs, ofTfjsBeyondEmpty }) => {
      return [
        where,
        peer,
        digits(value),
        `${spread.toFixed(1)} %`,
        ofTfjs.toFixed(3),
        ofTfjsBeyondEmpty?.toFixed(3) ?? "",
      ];
    });
    console.log(
      textTable(
        [["", "", "ms", "spread", "of tfjs's", "beyond an empty page"], ...body],
        (column) => column > 1,
      ),
    );
    for (const { where, peer, parts } of rows) {
      const texts = Object.entries(parts).map(([part, ms]) => `${part} ${digits(ms)}`);
      if (texts.length > 0) console.log(`${where}, ${peer}, ms of its parts: ${texts.join(", ")}`);
    }
    if (json === undefined) return;
    writeWhole(json, `${JSON.stringify(rows, undefined, 1)}\n`);
    console.log(`rows: ${json}`);
  },
});

async function compare<Name extends Peer | typeof EMPTY | typeof NEW>(
  where: string,
  rounds: number,
  names: readonly Name[],
  start: (name: Name) => Promise<Result>,
) {
  const times = new Map<string, number[]>(names.map((name) => [name, []]));
  const outputs = new Map<string, readonly number[]>();
  const parts = new Map<string, Readonly<Record<string, number>>[]>(names.map((name) => [name, []]));
  // The first start of each, for which its files are read from the disk, does not count.
  for (let round = -1; round < rounds; round++) {
    for (const name of names) {
      const result = await start(name);
      outputs.set(name, result.output);
      if (round < 0) continue;
      times.get(name)?.push(result.milliseconds);
      if (result.parts) parts.get(name)?.push(result.parts);
    }
  }
  checkAlike(outputs.get("lanewise"), outputs.get("tfjs"));
  const tfjs = times.get("tfjs") ?? [];
  const empty = times.get(EMPTY);
  return names.map((peer): Row => {
    const own = times.get(peer) ?? [];
    const { median: value, interquartile } = summarize(own);
    const row = {
      where,
      peer,
      value,
      spread: (100 * interquartile) / value,
      ofTfjs: median(own.map((time, round) => time / tfjs[round])),
      parts: mediansOf(parts.get(peer) ?? []),
    };
    if (!empty) return row;
    return {
      ...row,
      ofTfjsBeyondEmpty: median(
        own.map((time, round) => (time - empty[round]) / (tfjs[round] - empty[round])),
      ),
    };
  });
}

/** The median of each part over the rounds. */
function mediansOf(rounds: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const parts = Object.keys(rounds[0] ?? {});
  return Object.fromEntries(parts.map((part) => [part, median(rounds.map((of) => of[part]))]));
}

/** @throws Error unless both have predicted the same probabilities */
function checkAlike(ours: readonly number[] = [], theirs: readonly number[] = []): void {
  const alike =
    ours.length === mlp.outputs && ours.every((probability, i) => Math.abs(probability - theirs[i]) < 1e-5);
  if (!alike)
    throw new Error(
      `lanewise predicted ${ours.join(" ") || "nothing"}, tfjs ${theirs.join(" ") || "nothing"}`,
    );
}

async function inNode(peer: Peer | typeof NEW): Promise<Result> {
  const words = [path("in-node.mjs"), path(`${peer}.mjs`), folder, String(mlp.inputs)];
  const lines = execFileSync(process.execPath, words, { encoding: "utf8" }).trim();
  // What the libraries themselves have to say comes before.
  return JSON.parse(lines.slice(lines.lastIndexOf("\n") + 1));
}

/** Does something with what starts a page in Chromium. */
async function inChromium<Value>(
  use: (start: (name: string) => Promise<Result>) => Promise<Value>,
): Promise<Value> {
  await writePages();
  const server = await PageServer.start(folder);
  const browser = await launchChromium();
  const start = async (name: string) => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${server.address}/before.html`);
    const result = await server.visit<Result>((url) => page.goto(url), `${name.replace(" ", "-")}.html`);
    await context.close();
    return result;
  };
  try {
    return await use(start);
  } finally {
    await browser.close();
    await server.stop();
  }
}

/** Writes the network as a file of each library, with tfjs's .wasm files beside them. */
function prepare(): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(tfjsWasm, folder, {
    recursive: true,
    filter: (file) => file === tfjsWasm || file.endsWith(".wasm"),
  });
  execFileSync(process.execPath, [path("prepare.mjs"), folder, JSON.stringify(mlp)], { stdio: "pipe" });
}

/** A page for each peer, with its own script and nothing else. A page's clock starts at the navigation. */
async function writePages(): Promise<void> {
  const html = (script: string) => `<!doctype html><meta charset="utf-8"><title>Start</title>${script}`;
  writeFileSync(join(folder, "before.html"), html(""));
  const scripts = Object.entries({
    lanewise: `import { firstPrediction } from "./lanewise.mjs";`,
    tfjs: `import { firstPrediction } from "./tfjs.mjs";`,
    "empty-page": "const firstPrediction = () => [];",
  });
  for (const [name, script] of scripts) {
    const contents = `${script}
      const read = async (name) => new Uint8Array(await (await fetch(name)).arrayBuffer());
      const output = await firstPrediction(read, new Float32Array(${mlp.inputs}).fill(0.5), "/");
      const milliseconds = performance.now();
      fetch("/report" + location.search, { method: "POST", body: JSON.stringify({ milliseconds, output: [...output] }) });`;
    await build({
      stdin: { contents, resolveDir: path(".") },
      bundle: true,
      minify: true,
      format: "esm",
      outfile: join(folder, `${name}.js`),
      logLevel: "error",
    });
    writeFileSync(join(folder, `${name}.html`), html(`<script type="module" src="${name}.js"></script>`));
  }
}
