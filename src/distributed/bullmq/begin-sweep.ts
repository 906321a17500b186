import type { SweepSpec } from "../sweep/spec.js";
import { type SweepOptions, sweepRun } from "../sweep/study.js";
import type { QueueEngine } from "./engine.js";

/**
 * Begins a sweep on a queue and does not wait for its end: `sweep` of the same spec, or `fetchRun`, fetches
 * its result.
 *
 * @example
 * const engine = bullmq({ connection: "redis://127.0.0.1:6379" });
 * const id = await beginSweep({ data: { file: "iris.csv", target: "species" } }, { engine });
 * console.log(id.length); // 64
 * await engine.close();
 *
 * @returns the id of the run
 * @throws as sweep does, before anything is queued; BackendError where the server cannot be used
 */
export async function beginSweep(
  spec: SweepSpec,
  { engine, folder }: Pick<SweepOptions, "folder"> & { engine: QueueEngine },
): Promise<string> {
  await engine.ready?.();
  const { run } = await sweepRun("beginSweep", spec, folder === undefined ? {} : { folder });
  await engine.begin(run);
  return run.id;
}
