// Run by test/core/debug.test.ts with --expose-gc on dist/: drops what it makes, as its argument says, and
// waits for what is told of it.
import { createBackend, dense, Sequential } from "lanewise";

const collect = (globalThis as { gc?: () => void }).gc as () => void;
const backend = await createBackend({ debug: process.argv[2] === "debug" });
const warnings: string[] = [];
console.warn = (text: string) => warnings.push(text);

const kept = backend.matrix(1, 1);
let rows: ReturnType<typeof kept.rowRange> | undefined;
(function drop() {
  backend.matrix(2, 3);
  backend.matrix(4, 5).dispose();
  rows = backend.matrix(6, 7).rowRange(0, 1);
  new Sequential(backend, { inputShape: 8, layers: [dense(9)] });
  new Sequential(backend, { inputShape: 10, layers: [dense(11)] }).dispose();
})();
/** Garbage is told of in a later turn of the event loop, of which turn no engine says. */
for (let i = 0; i < 50; i++) {
  collect();
  await new Promise((resolve) => setImmediate(resolve));
}
console.log(JSON.stringify({ warnings, alive: [kept.rows, rows?.rows] }));
