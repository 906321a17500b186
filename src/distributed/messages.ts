import type { Blobs, Job, Output, Run } from "./engine.js";

/** What a thread is started with. */
export interface ThreadStart {
  readonly variant: "auto" | "simd" | "scalar";
  /** Modules of one's own. */
  readonly use: readonly string[];
}

/** What the process asks of a thread: to compute a job, or the answer to its question. */
export type ToThread =
  | { readonly kind: "job"; readonly run: Run; readonly job: Job; readonly reads: Blobs }
  | ({ readonly kind: "file"; readonly hash: string } & (
      | { readonly path: string }
      | { readonly error: string }
    ));

/** What a thread says: what came of its job, or which file it needs. */
export type FromThread =
  | { readonly kind: "file"; readonly hash: string }
  | { readonly kind: "done"; readonly output: Output }
  | { readonly kind: "failed"; readonly error: string };
