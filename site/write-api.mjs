// Writes the pages of the API. Does nothing when they are those of the sources: typedoc takes ten seconds, for
// which nobody who serves the site wants to wait.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { hashOf } from "../tools/inputs.mjs";

process.chdir(fileURLToPath(new URL(".", import.meta.url)));

/** Typedoc empties the folder first: a stamp that is there is that of whole pages. */
const STAMP = "api/inputs.sha256";
const configuration = readdirSync(".").filter((name) => name.startsWith("typedoc"));

const inputs = hashOf(["../src", "../tsconfig.json", "package-lock.json", ...configuration]);
if (!existsSync(STAMP) || readFileSync(STAMP, "utf8") !== inputs) {
  execFileSync(process.execPath, ["node_modules/typedoc/bin/typedoc"], { stdio: "inherit" });
  writeFileSync(STAMP, inputs);
}
