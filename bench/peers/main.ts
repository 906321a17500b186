/**
 * lanewise against others, on the same workloads, in one go. Each peer has a process of its own, and all may
 * use as many threads. A workload is warmed up in every peer for a second; then they take turns of about
 * 0.6 s, round after round, so that a noisy machine hits all alike. Told are the median over the rounds, the
 * distance between the quartiles, and the median of the ratios of lanewise to the peer within a round.
 * Networks of convolutions and of sequences have the same weights in all peers, which must give the same
 * outputs.
 */
import type { ArgsDef } from "citty";
import { runCommand, UsageError } from "../../cli/command.js";
import { textTable } from "../../cli/text-table.js";
import { writeWhole } from "../../cli/whole-file.js";
import { convolutionalReferenceOf, sequenceReferenceOf } from "../method/reference.js";
import { median, summarize } from "../method/statistics.js";
import { choose, fileFrom, numbers } from "../options.js";
import { digits } from "../table.js";
import { disagreement } from "./agreement.js";
import { BestPeer } from "./best-peer.js";
import { blasNote, checkBlas } from "./blas.js";
import { environmentOf } from "./environment.js";
import { isRefusal, type Measured, type Order, Peer } from "./peer.js";
import { peers as specs } from "./registry.js";
import { groups, type Task, type Workload, workloads } from "./workloads.js";

const options = {
  only: {
    type: "string",
    valueHint: "NAMES",
    description: `which peers beside lanewise, by commas (${specs.map(({ name }) => name).join(",")})`,
  },
  workload: {
    type: "string",
    valueHint: "NAMES",
    description: `which workloads, by commas (${groups.join(",")})`,
  },
  training: { type: "boolean", description: "of each workload its training alone" },
  threads: {
    type: "string",
    valueHint: "NUMBERS",
    description: "on how many threads, by commas, a table for each (1)",
  },
  "blas-core": {
    type: "string",
    valueHint: "NAME",
    description:
      "the processor whose kernels OpenBLAS uses, such as Haswell, or auto for its own choice (as the " +
      "environment says)",
  },
  rounds: { type: "string", valueHint: "N", description: "turns that each peer has at a workload (5)" },
  json: {
    type: "string",
    valueHint: "FILE",
    description: "write the rows to this file too (bench/peers/results.json)",
  },
} as const satisfies ArgsDef;

/** Seconds of a round from which on one is enough: it averages over noise by itself. */
const LONG = 10;

interface Row {
  readonly peer: string;
  /** Of the library, with its setting where several were tried. */
  readonly version: string;
  readonly workload: string;
  /** How many the peer may use. */
  readonly threads: number;
  readonly size: string;
  readonly unit: string;
  /** The median over the rounds; undefined where the peer failed. */
  readonly value?: number;
  /** Of the best round. */
  readonly fastest?: number;
  /** The distance between the quartiles, in percent of the median. */
  readonly spread?: number;
  /** How many times as fast lanewise was in the same round: the median. */
  readonly lanewise?: number;
  /** Why there is no value: the peer is not written to do this. */
  readonly missing?: string;
  /** Why there is no value: the first line of the library's error. */
  readonly cannot?: string;
}

await runCommand({
  name: "npm run bench:peers --",
  description: "Measures lanewise and other libraries on the same workloads.",
  options,
  async run(args) {
    const names = choose(
      "only",
      args.only,
      specs.map(({ name }) => name),
    );
    const chosenGroups = choose("workload", args.workload, groups);
    const chosen = workloads.filter(
      ({ group, task }) =>
        chosenGroups.includes(group) && (args.training !== true || task.kind.startsWith("train")),
    );
    const rounds = Number(args.rounds ?? 5);
    if (!Number.isInteger(rounds) || rounds < 1)
      throw new UsageError(`--rounds expected a whole number of at least 1, got ${args.rounds}`);
    const json = fileFrom(args.json, "bench/peers/results.json");
    const rows: Row[] = [];
    for (const threads of numbers("threads", args.threads ?? "1")) {
      const environment = (count: number) => environmentOf(count, args["blas-core"]);
      rows.push(...(await compare(names, chosen, rounds, threads, environment)));
    }
    if (json === undefined) return;
    writeWhole(json, `${JSON.stringify(rows, undefined, 1)}\n`);
    console.log(`rows: ${json}`);
  },
});

async function compare(
  names: readonly string[],
  chosen: readonly Workload[],
  rounds: number,
  threads: number,
  environment: (threads: number) => NodeJS.ProcessEnv,
): Promise<Row[]> {
  const peers: Measured[] = [];
  const rows: Row[] = [];
  try {
    for (const spec of specs) {
      // lanewise itself is always there: the ratios are to it.
      if (spec !== specs[0] && !names.includes(spec.name)) continue;
      const peer = spec.settings
        ? await BestPeer.start(spec, threads, environment(threads))
        : await Peer.start(spec, environment(spec.oneThread ? 1 : threads));
      if (typeof peer === "string")
        console.log(`${spec.name}: not measured: ${peer}${advice(spec.file, peer)}`);
      else peers.push(peer);
    }
    for (const { spec, version } of peers) console.log(`${spec.name} ${version}: ${spec.note}`);
    for (const { spec, blas } of peers) {
      if (!blas) continue;
      console.log(blasNote(spec.name, blas));
      checkBlas(spec.name, blas);
    }
    for (const workload of chosen) {
      const ofWorkload = await run(workload, peers, rounds, threads);
      rows.push(...ofWorkload);
      print(workload, ofWorkload);
    }
  } finally {
    for (const peer of peers) peer.stop();
  }
  return rows;
}

function advice(file: string, reason: string): string {
  if (!file.endsWith(".py") || !/ModuleNotFoundError|ImportError|ENOENT/.test(reason)) return "";
  return "; install python3-torch, python3-numpy and libopenblas0-pthread, without which both are slow";
}

async function run(
  workload: Workload,
  peers: readonly Measured[],
  rounds: number,
  threads: number,
): Promise<Row[]> {
  const order = await orderOf(workload.task);
  const failed = new Map<Measured, Pick<Row, "missing" | "cannot">>();
  const values = new Map<Measured, number[]>(peers.map((peer) => [peer, []]));
  const longRounds = new Set<Measured>();
  for (const peer of peers) {
    const prepared = await peer.prepare(order);
    const different =
      !isRefusal(prepared) && order.reference && !peer.spec.ownWeights
        ? disagreement(order.reference.outputs, prepared.outputs ?? [])
        : undefined;
    if ("missing" in prepared) failed.set(peer, { missing: prepared.missing });
    else if ("error" in prepared) failed.set(peer, { cannot: prepared.error });
    else if (different !== undefined) failed.set(peer, { cannot: different });
  }
  for (let round = 0; round < rounds; round++) {
    for (const peer of peers) {
      if (failed.has(peer) || longRounds.has(peer)) continue;
      const result = await peer.round();
      if (typeof result === "string") failed.set(peer, { cannot: result });
      else {
        values.get(peer)?.push(workload.value(result.calls, result.seconds));
        if (result.seconds > LONG) longRounds.add(peer);
      }
    }
  }
  // Before they are released: the version has the setting that was chosen for this workload.
  const versions = new Map(peers.map((peer) => [peer, peer.version]));
  for (const peer of peers) await peer.release();
  const own = values.get(peers[0]) ?? [];
  return peers.map((peer) => {
    const { title, size, unit } = workload;
    const row = {
      peer: peer.spec.name,
      version: versions.get(peer) ?? "",
      workload: title,
      threads: peer.spec.oneThread ? 1 : threads,
      size,
      unit,
    };
    const reason = failed.get(peer);
    const rates = values.get(peer) ?? [];
    if (reason) return { ...row, ...reason };
    const { median: value, interquartile } = summarize(rates);
    const ratios = own
      .slice(0, rates.length)
      .map((rate, i) => (unit === "us/call" ? rates[i] / rate : rate / rates[i]));
    return {
      ...row,
      value,
      fastest: unit === "us/call" ? Math.min(...rates) : Math.max(...rates),
      spread: (100 * interquartile) / value,
      lanewise: ratios.length > 0 ? median(ratios) : undefined,
    };
  });
}

/** A network of convolutions or of sequences comes with its weights. */
async function orderOf(task: Task): Promise<Order> {
  switch (task.kind) {
    case "trainConvolutional":
    case "inferConvolutional":
      return { ...task, reference: await convolutionalReferenceOf(task.net) };
    case "trainSequence":
    case "inferSequence":
    case "stepSequence":
      return { ...task, reference: await sequenceReferenceOf(task.net) };
    default:
      return task;
  }
}

function print(workload: Workload, rows: readonly Row[]): void {
  const body = rows.map(({ peer, version, threads, value, fastest, spread, lanewise, missing, cannot }) => {
    const start = [peer, String(threads)];
    if (value === undefined || fastest === undefined || spread === undefined)
      return cannot === undefined
        ? [...start, "-", "", "", "", missing ?? ""]
        : [...start, "cannot", "", "", "", cannot];
    return [
      ...start,
      digits(value),
      digits(fastest),
      `${spread.toFixed(1)} %`,
      lanewise === undefined ? "" : `${lanewise.toPrecision(3)}x`,
      version,
    ];
  });
  console.log(`\n${workload.title}: ${workload.size}\n`);
  console.log(
    textTable(
      [
        [
          "",
          "threads",
          workload.unit,
          "fastest",
          "spread",
          "lanewise is",
          "version, or why there is no value",
        ],
        ...body,
      ],
      (column) => column > 0 && column < 6,
    ),
  );
}
