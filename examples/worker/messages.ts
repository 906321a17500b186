import type { EpochLog } from "lanewise";

/** What the page tells the worker. */
export type Order = { readonly kind: "train"; readonly epochs: number } | { readonly kind: "cancel" };

/** What the worker tells the page. */
export type Notice =
  | { readonly kind: "ready"; readonly variant: string }
  | { readonly kind: "epoch"; readonly log: EpochLog }
  | { readonly kind: "done" }
  | { readonly kind: "cancelled" }
  | { readonly kind: "failed"; readonly message: string };
