import { readFileSync } from "node:fs";
import { writeWhole } from "../../cli/whole-file.js";
import { commands, pagesWithTables } from "./pages.js";
import { Sources } from "./sources.js";
import { filled } from "./tables.js";

/** Writes the tables of the reference as the sources have them: `npm run docs:reference`. */
const sources = new Sources();
for (const page of pagesWithTables()) {
  const old = readFileSync(page, "utf8");
  const text = filled(old, sources, commands);
  if (text !== old) writeWhole(page, text);
  console.log(`${page}: ${text === old ? "as it was" : "written"}`);
}
