import type { Component } from "vue";
import type { SceneName } from "../data/index.js";
import CurveAnswer from "./CurveAnswer.vue";
import CurveData from "./CurveData.vue";
import PointsAnswer from "./PointsAnswer.vue";
import PointsData from "./PointsData.vue";
import SphereAnswer from "./SphereAnswer.vue";
import SphereData from "./SphereData.vue";

/** What a scene shows: the panel of its data, and the answer of its network. */
export const scenePanels: Readonly<
  Record<SceneName, { readonly data: Component; readonly answer: Component }>
> = {
  points: { data: PointsData, answer: PointsAnswer },
  curve: { data: CurveData, answer: CurveAnswer },
  sphere: { data: SphereData, answer: SphereAnswer },
};
