import { type Component, defineAsyncComponent } from "vue";
import type { SceneName } from "../data/index.js";
import CurveAnswer from "./CurveAnswer.vue";
import CurveData from "./CurveData.vue";
import PointsAnswer from "./PointsAnswer.vue";
import PointsData from "./PointsData.vue";
import SphereAnswer from "./SphereAnswer.vue";
import SphereData from "./SphereData.vue";

/** What a scene shows: the panel of its data, the answer of its network, and a view of that of its own. */
interface Panels {
  readonly data: Component;
  readonly answer: Component;
  /** In place of the lens Network, which draws a map for each unit. */
  readonly network?: Component;
}

export const scenePanels: Readonly<Record<SceneName, Panels>> = {
  points: { data: PointsData, answer: PointsAnswer },
  curve: { data: CurveData, answer: CurveAnswer },
  sphere: { data: SphereData, answer: SphereAnswer },
  digits: {
    data: defineAsyncComponent(() => import("./DigitsData.vue")),
    answer: defineAsyncComponent(() => import("./DigitsAnswer.vue")),
    network: defineAsyncComponent(() => import("./DigitsNetwork.vue")),
  },
};
