import { type Component, defineAsyncComponent } from "vue";
import type { Look } from "../messages.js";
import { isDense, type Recipe } from "../recipe.js";
import NetworkLens from "./NetworkLens.vue";

/** A way to look at a run. It changes the result only by editing the recipe. */
export interface Lens {
  readonly title: string;
  readonly view: Component;
  /** What its snapshots must hold. */
  readonly look: Look;
  /** Whether it can show a recipe. Default: all of them. */
  readonly suits?: (recipe: Recipe) => boolean;
}

const nothing: Look = { samples: false, equations: false, ridges: false };

/** To add a lens, write a file and a row here. All but the first load when they are chosen. */
export const lenses = {
  network: { title: "Network", view: NetworkLens, look: nothing },
  equations: {
    title: "Equations",
    view: defineAsyncComponent(() => import("./EquationsLens.vue")),
    look: { ...nothing, equations: true },
    suits: isDense,
  },
  race: { title: "Race", view: defineAsyncComponent(() => import("./RaceLens.vue")), look: nothing },
  insides: {
    title: "Insides",
    view: defineAsyncComponent(() => import("./InsidesLens.vue")),
    look: { ...nothing, samples: true, ridges: true },
  },
  results: {
    title: "Results",
    view: defineAsyncComponent(() => import("./ResultsLens.vue")),
    look: { ...nothing, samples: true },
  },
} as const satisfies Record<string, Lens>;

export type LensName = keyof typeof lenses;
export const lensNames = Object.keys(lenses) as LensName[];

/** The lenses that can show a recipe. */
export const lensesFor = (recipe: Recipe): readonly LensName[] =>
  lensNames.filter((name) => (lenses[name] as Lens).suits?.(recipe) ?? true);
