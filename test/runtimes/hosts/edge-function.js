import * as lanewise from "lanewise";
import * as inference from "lanewise/inference";
import * as table from "lanewise/table";
import digits from "./digits.js";
import { conform } from "./program.js";

/** Within the EdgeVM: what edge-vm.js calls from outside, with modules of its realm. */
globalThis.conform = async (runtime, wasm) =>
  JSON.stringify(
    await conform(lanewise, {
      runtime,
      digits,
      inference,
      table,
      wasm,
      sources: { "a promise of a module of another realm": Promise.resolve(wasm.simd) },
    }),
  );
