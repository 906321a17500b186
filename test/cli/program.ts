import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

/** The command line as a user meets it: dist/cli.js as a process of its own, in a folder of its own. */

const program = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

/** The path of a table in examples/data. */
export const table = (name: string): string =>
  fileURLToPath(new URL(`../../examples/data/${name}.csv`, import.meta.url));

/** Options of train for where the quality of the model does not matter. */
export const QUICK = ["--epochs", "2", "--networks", "1", "--folds", "0", "--force"] as const;

export interface Outcome {
  readonly status: number | null;
  readonly out: string;
  readonly error: string;
}

/** A folder that is removed after the tests of the file, and what runs in it. */
export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), "lanewise-"));

  constructor() {
    afterAll(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Writes a file; returns its name. */
  file(name: string, content: string | Uint8Array): string {
    writeFileSync(this.path(name), content);
    return name;
  }

  /** Writes a table of a header and rows; returns its name. */
  table(name: string, header: string, count: number, row: (i: number) => string): string {
    return this.file(name, `${header}\n${Array.from({ length: count }, (_, i) => row(i)).join("\n")}\n`);
  }

  run(...words: readonly string[]): Outcome {
    return this.runWith([], words);
  }

  /** With arguments for Node itself, and what it reads from standard input. */
  runWith(nodeFlags: readonly string[], words: readonly string[], input: string | Uint8Array = ""): Outcome {
    const { status, stdout, stderr } = spawnSync(process.execPath, [...nodeFlags, program, ...words], {
      cwd: this.folder,
      input,
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
    return { status, out: stdout, error: stderr };
  }

  start(...words: readonly string[]): ChildProcess {
    return spawn(process.execPath, [program, ...words], { cwd: this.folder });
  }

  /** What a command with --json prints. Throws an Error when it fails. */
  json(...words: readonly string[]) {
    const { status, out, error } = this.run(...words, "--json");
    if (status !== 0) throw new Error(`lanewise ${words.join(" ")} ended with ${status}: ${error}`);
    return JSON.parse(out);
  }
}
