// Runs the programs of a folder in one process, and prints what each wrote to the console and threw, as JSON.
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { format } from "node:util";

const [, , folder, resultFile] = process.argv;
const results = {};
for (const name of readdirSync(folder).filter((name) => name.endsWith(".mjs"))) {
  const lines = [];
  console.log = (...values) => lines.push(format(...values));
  let error = "";
  try {
    await import(pathToFileURL(join(folder, name)).href);
  } catch (thrown) {
    error = String(thrown);
  }
  results[name.replace(/\.mjs$/, "")] = { lines, error };
}
writeFileSync(resultFile, JSON.stringify(results));
