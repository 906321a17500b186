// Reads a table by readTableParts.
import { createReadStream } from "node:fs";
import { readTableParts } from "lanewise/table";
import { report } from "./report.mjs";

const begun = performance.now();
let rows = 0;
for await (const part of readTableParts(createReadStream(process.argv[2]))) rows += part.rows;
report({ rows, seconds: (performance.now() - begun) / 1000 });
