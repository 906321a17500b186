import { type Component, defineAsyncComponent } from "vue";
import type { SceneName } from "../data/index.js";
import PointsAnswer from "./PointsAnswer.vue";
import PointsData from "./PointsData.vue";

/** What a scene shows: the panel of its data, the answer of its network, and a view of that of its own. */
interface Panels {
  readonly data: Component;
  readonly answer: Component;
  /** In place of the lens Network, which draws a map for each unit. */
  readonly network?: Component;
}

/** All but the first, where people arrive, load on demand. */
export const scenePanels: Readonly<Record<SceneName, Panels>> = {
  points: { data: PointsData, answer: PointsAnswer },
  curve: {
    data: defineAsyncComponent(() => import("./CurveData.vue")),
    answer: defineAsyncComponent(() => import("./CurveAnswer.vue")),
  },
  sphere: {
    data: defineAsyncComponent(() => import("./SphereData.vue")),
    answer: defineAsyncComponent(() => import("./SphereAnswer.vue")),
  },
  digits: {
    data: defineAsyncComponent(() => import("./DigitsData.vue")),
    answer: defineAsyncComponent(() => import("./DigitsAnswer.vue")),
    network: defineAsyncComponent(() => import("./DigitsNetwork.vue")),
  },
};
