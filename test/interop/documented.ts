import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The programs of site/reference/file-formats.md and the guides, run as they stand there. */

/** Within the package, which programs import by its name; git ignores it. */
export const folder = fileURLToPath(new URL("../../out/interop", import.meta.url));
const PYTHON = "/usr/bin/python3";

/** Makes the folder anew, where programs find the judges' packages too. */
export function makeFolder(): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const modules = fileURLToPath(new URL("node_modules", import.meta.url));
  if (existsSync(modules)) symlinkSync(modules, join(folder, "node_modules"));
}

/** The programs under a heading of a page, in order. */
function programsUnder(
  heading: string,
  page: string,
): { language: string; file: string | undefined; text: string }[] {
  const text = readFileSync(new URL(`../../${page}`, import.meta.url), "utf8");
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`${page}: expected a heading ${heading}, got none`);
  return [...section.matchAll(/^```(\w+) ?(\S+)?\n([\s\S]*?)^```/gm)].map(([, language, file, text]) => ({
    language,
    file,
    text,
  }));
}

/**
 * Runs the programs in JavaScript and Python (```python) under a heading; those with a file's name are only
 * written. Returns what they print.
 */
export function runProgramsUnder(heading: string, page = "site/reference/file-formats.md"): string {
  let printed = "";
  for (const { language, file, text } of programsUnder(heading, page)) {
    if (file !== undefined) writeFileSync(join(folder, file), text);
    else if (language === "python") printed += python(text);
    else if (language === "js") printed += run(process.execPath, ["--input-type=module", "-e", text]);
  }
  return printed;
}

export const python = (text: string): string => run(PYTHON, ["-c", text]);

function run(program: string, words: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, words, { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr || String(error));
  return stdout;
}
