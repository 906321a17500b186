// in-node.mjs PEER FOLDER INPUTS prints the milliseconds from the import of a peer to its first prediction,
// in this fresh process, and those of the parts that the peer names.
import { readFile } from "node:fs/promises";
import { join } from "node:path";

const [peer, folder, inputs] = process.argv.slice(2);
const x = new Float32Array(Number(inputs)).fill(0.5);
const begin = performance.now();
const { firstPrediction } = await import(peer);
const parts = {};
let last = begin;
const lap = (part) => {
  const now = performance.now();
  parts[part] = now - last;
  last = now;
};
lap("import");
const output = await firstPrediction((name) => readFile(join(folder, name)), x, folder, lap);
const milliseconds = performance.now() - begin;
console.log(JSON.stringify({ milliseconds, output: [...output], parts }));
