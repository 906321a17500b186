import type { ThreadCount } from "./threads.js";

/** What a token of a text is. */
export const TOKENS = ["characters", "byte-pairs"] as const;

/** What `lanewise train` was told about a text. */
export interface TextSettings {
  readonly data: string;
  readonly encoding: string | undefined;
  readonly tokens: (typeof TOKENS)[number] | undefined;
  /** Units of the layers that remember; by default by the length of the text. */
  readonly hidden: readonly number[] | undefined;
  readonly dropout: number;
  /** Tokens that the network learns from at once. */
  readonly window: number | undefined;
  readonly minutes: number | undefined;
  /** Passes over the text. */
  readonly epochs: number | undefined;
  readonly batchSize: number | undefined;
  readonly learningRate: number | undefined;
  readonly weightDecay: number;
  /** The fraction of the text to keep back, its end. */
  readonly validation: number | undefined;
  /** A model to go on from. */
  readonly from: string | undefined;
  readonly seed: number;
  readonly variant: "auto" | "fastest" | "relaxed" | "simd" | "scalar";
  readonly threads: ThreadCount;
  readonly out: string;
  readonly force: boolean;
  readonly json: boolean;
}
