import { setFlagsFromString } from "node:v8";
import { BackendError, createBackend, type Variant } from "lanewise";
import { quicker } from "./method/measure.js";
import { kept } from "./method/sink.js";
import { PeakMeter } from "./peak/meter.js";
import type { Row } from "./results.js";
import { suites } from "./suites/index.js";
import type { Bench } from "./suites/suite.js";

/**
 * The process of one build: so no build runs in machine code that the engine made for the calls of another.
 */

export interface Order {
  readonly suite: string;
  readonly index: number;
}

/** The first answer says whether the engine runs the build, the others what was measured. */
export interface Answer {
  readonly missing?: string;
  readonly rows?: readonly Row[];
  readonly error?: string;
  /** Of all results so far. */
  readonly sink?: number;
}

function answer(message: Answer): void {
  process.send?.(message);
}

async function start(variant: Variant, threads: number, quick: boolean): Promise<void> {
  // Node 20 and 21 have relaxed SIMD behind a flag, which later versions do not know.
  if (variant === "relaxed" && Number.parseInt(process.versions.node, 10) < 22)
    setFlagsFromString("--experimental-wasm-relaxed-simd");
  const backend = await createBackend({ variant, threads });
  const bench: Bench = {
    backend,
    meter: new PeakMeter(variant),
    pace: (usual) => (quick ? quicker(usual) : usual),
  };
  process.on("message", async ({ suite, index }: Order) => {
    try {
      const results = (await suites.get(suite)?.[index].run(bench)) ?? [];
      answer({
        rows: results.map(({ name, size, ...rest }) => ({ suite, name, variant, threads, size, ...rest })),
        sink: kept(),
      });
    } catch (error) {
      answer({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  answer({});
}

start(process.argv[2] as Variant, Number(process.argv[3]), process.argv[4] === "quick").catch(
  (error: unknown) => {
    answer(error instanceof BackendError ? { missing: error.message } : { error: String(error) });
  },
);
