import type * as lanewise from "../../src/index.js";
import type * as inference from "../../src/inference.js";

export interface Packages {
  readonly lanewise: typeof lanewise;
  readonly onnx: typeof import("../../src/onnx.js");
  readonly tfjs: typeof import("../../src/tfjs.js");
  readonly table: typeof import("../../src/table.js");
}

export function useEverything(
  packages: Packages,
  backends: {
    readonly training: lanewise.Backend;
    readonly inference: inference.Backend;
    readonly loadModel: typeof inference.loadModel;
  },
): Promise<Record<string, unknown>>;
export function sharedIn(value: unknown): string[];
export function hashesOf(results: object): Promise<Record<string, string>>;
