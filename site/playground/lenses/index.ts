import { type Component, defineAsyncComponent } from "vue";
import NetworkLens from "./NetworkLens.vue";

/** A way to look at a run. It never changes what the run results in, other than by an edit of the recipe. */
export interface Lens {
  readonly title: string;
  readonly view: Component;
  /** Whether snapshots must have the answers to the samples. */
  readonly needsSamples: boolean;
}

/** A lens is added by a file and a row here. All but the first are fetched when they are chosen. */
export const lenses = {
  network: { title: "Network", view: NetworkLens, needsSamples: false },
  race: { title: "Race", view: defineAsyncComponent(() => import("./RaceLens.vue")), needsSamples: false },
  results: {
    title: "Results",
    view: defineAsyncComponent(() => import("./ResultsLens.vue")),
    needsSamples: true,
  },
} as const satisfies Record<string, Lens>;

export type LensName = keyof typeof lenses;
export const lensNames = Object.keys(lenses) as LensName[];
