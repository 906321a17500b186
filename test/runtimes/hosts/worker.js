import * as lanewise from "lanewise";
import * as inference from "lanewise/inference";
import inferenceScalar from "lanewise/inference-scalar.wasm";
import inferenceSimd from "lanewise/inference-simd.wasm";
import relaxed from "lanewise/relaxed.wasm";
import scalar from "lanewise/scalar.wasm";
import simd from "lanewise/simd.wasm";
import * as table from "lanewise/table";
import digits from "./digits.js";
import { conform } from "./program.js";

/**
 * workerd: imported .wasm files are modules there, and a request may compile none from bytes. Outside of
 * requests the embedded build may be.
 */
const atTopLevel = [await lanewise.createBackend(), lanewise.createBackendSync({ wasm: simd })];
const wasm = { scalar, simd, relaxed, "inference-scalar": inferenceScalar, "inference-simd": inferenceSimd };

export default {
  /** Answers POST { name, version } with the report of this runtime. */
  async fetch(request) {
    const runtime = await request.json();
    const report = await conform(lanewise, {
      runtime,
      digits,
      inference,
      table,
      wasm,
      sources: { "a promise of a module": Promise.resolve(simd) },
      now,
    });
    for (const { variant } of atTopLevel)
      if (variant !== "simd") report.failures.push(`at top level the ${variant} build was made`);
    return Response.json(report);
  },
};

/** The clock stands still but for the time that a request waits. */
async function now() {
  await scheduler.wait(1);
  return Date.now();
}
