import type { EpochLog } from "lanewise";

/** What the page tells the worker. */
export type Order =
  | { readonly kind: "train"; readonly epochs: number }
  | { readonly kind: "resume" }
  | { readonly kind: "cancel" };

/** What the worker tells the page. */
export type Notice =
  /**
   * With a training that was left, if there is one: epochs that were asked for, and what those that are done
   * gave.
   */
  | {
      readonly kind: "ready";
      readonly variant: string;
      readonly unfinished?: { readonly epochs: number; readonly logs: readonly EpochLog[] };
    }
  | { readonly kind: "epoch"; readonly log: EpochLog }
  | { readonly kind: "done" }
  | { readonly kind: "cancelled" }
  | { readonly kind: "failed"; readonly message: string };
