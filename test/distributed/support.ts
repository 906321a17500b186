import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Engine, threads } from "lanewise/distributed";
import { afterAll } from "vitest";

/** The path of a table in examples/data. */
export const table = (name: string): string =>
  fileURLToPath(new URL(`../../examples/data/${name}.csv`, import.meta.url));

/** Engines and files of a test's file, which end with it. */
export class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), "lanewise-"));
  private readonly engines: Engine[] = [];

  constructor() {
    afterAll(async () => {
      await Promise.all(this.engines.map((engine) => engine.close()));
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  threads(count: number, options: Parameters<typeof threads>[0] = {}): Engine {
    const engine = threads({ threads: count, ...options });
    this.engines.push(engine);
    return engine;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  file(name: string, content: string | Uint8Array): string {
    writeFileSync(this.path(name), content);
    return this.path(name);
  }
}
