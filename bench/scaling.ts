/**
 * What more cores would give: a model of a training step on 1 to 16 threads, from what was measured on one
 * and two. It takes the account of a step (method/account.ts), divides each call as src/threads/split.ts
 * does, and assumes
 *
 * - every core is as fast as one alone: no common limit of memory or heat;
 * - chunks of a call take equal times, and a round of them lasts as long as a chunk;
 * - a call costs what the queue takes between two threads, and as much again for each further pair of them,
 *   since all of them wait for the same counter;
 * - what the host does, and calls that are not divided, stay on one thread.
 */
import { type Backend, createBackend } from "lanewise";
import { runCommand } from "../cli/command.js";
import { textTable } from "../cli/text-table.js";
import { type Split, unitOf } from "../src/threads/split.js";
import { splits } from "../src/threads/splits.js";
import { type Account, accountOf } from "./method/account.js";
import { modelOf, samplesOf } from "./method/model.js";
import { type Net, nets } from "./nets.js";

const COUNTS = [1, 2, 4, 8, 16];

type Kernel = (...values: number[]) => unknown;

/** What the model knows of a backend with threads. */
interface Inside {
  readonly divided: {
    readonly queued: Readonly<Record<string, Kernel>>;
    readonly queue: { activate(threads: number): void; finish(): void };
  };
  allocate(bytes: number): number;
}

await runCommand({
  name: "npm run bench:scaling --",
  description: "Measures a step on one and two threads, and models it on 4, 8 and 16 cores.",
  options: {},
  run: scaling,
});

async function scaling(): Promise<void> {
  const [one, two] = [await createBackend(), await createBackend({ threads: 2 })];
  const call = microsecondsOfCall(two);
  console.log(`a call between two threads costs ${call.toFixed(2)} us\n`);
  const rows: string[][] = [];
  for (const net of nets) {
    const account = await accountOf(one, net, 4);
    if (!account) continue;
    const measured = await speedUp(one, two, net);
    const alone = modelled(account, 1, call);
    const ratios = COUNTS.map((threads) => (alone / modelled(account, threads, call)).toFixed(2));
    rows.push([net.name, (1000 * account.milliseconds).toFixed(0), measured.toFixed(2), ...ratios]);
  }
  const head = ["net", "us a step", "measured on 2", ...COUNTS.map((count) => `model on ${count}`)];
  console.log(textTable([head, ...rows], (column) => column > 0));
  two.dispose();
}

/** What a call costs that does nearly nothing, in two chunks. */
function microsecondsOfCall(backend: Backend): number {
  const { divided, allocate } = backend as unknown as Inside;
  const { queued, queue } = divided;
  // Just enough elements for two chunks, whose own time is some 0.1 us.
  const n = 4800;
  const at = allocate.call(backend, 4 * n);
  queue.activate(2);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 40; round++) {
    const begin = performance.now();
    for (let i = 0; i < 2000; i++) {
      queued.zero(at, n);
      if (i % 20 === 19) queue.finish();
    }
    best = Math.min(best, (performance.now() - begin) / 2);
  }
  queue.activate(1);
  return best;
}

/** The modelled time of a step on `threads` threads, in microseconds. */
function modelled({ milliseconds, calls }: Account, threads: number, callCost: number): number {
  const host = milliseconds - calls.reduce((sum, call) => sum + call.milliseconds, 0);
  let time = 1000 * host;
  for (const { kernel, values, milliseconds: taken } of calls) {
    const split = splits.get(kernel as Parameters<typeof splits.get>[0]);
    const chunks = threads > 1 && split ? chunksOf(split, values, threads) : 1;
    const rounds = Math.ceil(chunks / threads) / chunks;
    time += 1000 * taken * rounds + (chunks > 1 ? (callCost * threads) / 2 : 0);
  }
  return time;
}

function chunksOf(split: Split, values: readonly number[], threads: number): number {
  // The nets have no kernels that read records.
  const read = () => 1;
  const axis = split.axis(values, read);
  const unit = unitOf(split, axis, values, read, threads);
  return unit > 0 ? Math.ceil(values[axis.length] / unit) : 1;
}

/** How many times as fast two threads train, by the fastest epochs of each, in turns. */
async function speedUp(one: Backend, two: Backend, net: Net): Promise<number> {
  const { x, labels, values } = samplesOf(net);
  const subjects = [one, two].map((backend) => ({
    model: modelOf(backend, net),
    inputs: backend.matrix(net.samples, net.inputs, x),
    best: Number.POSITIVE_INFINITY,
  }));
  for (let round = 0; round < 12; round++)
    for (const subject of subjects) {
      const begin = performance.now();
      await subject.model.fit(subject.inputs, labels.length > 0 ? labels : values, {
        loss: net.loss,
        batchSize: net.batch,
        epochs: 2,
      });
      subject.best = Math.min(subject.best, performance.now() - begin);
    }
  for (const { model, inputs } of subjects) for (const each of [model, inputs]) each.dispose();
  return subjects[0].best / subjects[1].best;
}
