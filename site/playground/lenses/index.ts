import type { Component } from "vue";
import NetworkLens from "./NetworkLens.vue";
import RaceLens from "./RaceLens.vue";
import ResultsLens from "./ResultsLens.vue";

/** A way to look at a run. It never changes what the run results in, other than by an edit of the recipe. */
export interface Lens {
  readonly title: string;
  readonly view: Component;
  /** Whether snapshots must have the answers to the samples. */
  readonly needsSamples: boolean;
}

/** A lens is added by a file and a row here. */
export const lenses = {
  network: { title: "Network", view: NetworkLens, needsSamples: false },
  race: { title: "Race", view: RaceLens, needsSamples: false },
  results: { title: "Results", view: ResultsLens, needsSamples: true },
} as const satisfies Record<string, Lens>;

export type LensName = keyof typeof lenses;
export const lensNames = Object.keys(lenses) as LensName[];
