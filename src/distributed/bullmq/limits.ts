import { ValueError } from "../../core/errors.js";
import type { Json } from "../canonical.js";
import type { Blobs, Job, Run } from "../engine.js";

/** What a worker computes at most, whoever asks. */
export interface Limits {
  /** Epochs of a training. Default: 100,000. */
  readonly epochs: number;
  /** Units, filters, dimensions or heads of a layer. Default: 65,536. */
  readonly units: number;
  /** Bytes of the blobs that a job reads. Default: 1 GB. */
  readonly bytes: number;
}

export const defaultLimits: Limits = { epochs: 100_000, units: 65_536, bytes: 1024 * 1024 * 1024 };

/** The names of numbers in specs and jobs, and the limit of each. */
const limited: Readonly<Record<string, keyof Limits>> = {
  epochs: "epochs",
  units: "units",
  filters: "units",
  dimensions: "units",
  heads: "units",
};

/** @throws ValueError for a job that asks for more than the limits */
export function checkJob(limits: Limits, run: Run, job: Job, reads: Blobs): void {
  checkNumbers(limits, run.spec, "spec");
  checkNumbers(limits, job.data, "job");
  let bytes = 0;
  for (const { length } of reads.values()) bytes += length;
  if (bytes > limits.bytes)
    throw new ValueError(`worker expected jobs to read at most ${limits.bytes} bytes, got ${bytes}`);
}

function checkNumbers(limits: Limits, value: Json, path: string, limit?: keyof Limits): void {
  if (typeof value === "number") {
    if (limit !== undefined && value > limits[limit])
      throw new ValueError(
        `worker expected ${path} to be at most ${limits[limit]} (its limit), got ${value}`,
      );
  } else if (Array.isArray(value)) {
    value.forEach((each: Json, i) => {
      checkNumbers(limits, each, `${path}[${i}]`, limit);
    });
  } else if (value !== null && typeof value === "object")
    // What is below such a name is a value to search for: { choice: [16, 64] }.
    for (const [name, each] of Object.entries(value))
      checkNumbers(limits, each, `${path}.${name}`, limited[name] ?? limit);
}
