import type * as lanewise from "../../src/index.js";
import type { Report } from "./report.js";

interface Images {
  readonly pixels: readonly number[];
  readonly labels: readonly number[];
}

export interface Digits {
  readonly training: Images;
  readonly test: Images;
}

export function conform(
  lanewise: typeof import("../../src/index.js"),
  options: {
    runtime: Report["runtime"];
    digits: Digits;
    inference?: typeof import("../../src/inference.js");
    table?: typeof import("../../src/table.js");
    wasm?: Record<string, lanewise.WasmSource>;
    sources?: Record<string, lanewise.WasmSource | Promise<lanewise.WasmSource>>;
    threads?: readonly number[];
    now?: () => number | Promise<number>;
  },
): Promise<Report>;

/** What the small net is trained with, by name. */
export function trainings(lanewise: typeof import("../../src/index.js")): Record<string, object>;
