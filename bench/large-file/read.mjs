// Reads a file by fileBatches, in the order of the file or shuffled by a seed.
import { fileBatches } from "lanewise/node";
import { report } from "../large-table/report.mjs";

const [, , file, names, target, seed] = process.argv;
const begun = performance.now();
let rows = 0;
const shuffle = seed === "" ? false : Number(seed);
const batches = fileBatches(file, { inputs: names.split(","), target, batchSize: 256, shuffle });
for await (const [, targets] of batches()) rows += targets.length;
report({ rows, seconds: (performance.now() - begun) / 1000 });
