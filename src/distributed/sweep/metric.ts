import { metricFrom } from "../../index.js";
import { lowerIsBetter } from "../../optimizers/schedule.js";
import type { Json } from "../canonical.js";

/** What trials are compared by: the loss or a metric, and whether a higher or a lower value is better. */
export interface ComparedBy {
  readonly name: string;
  readonly better: "higher" | "lower";
}

/** The metric of a spec. @throws ValueError for JSON that describes none */
export function metricOf(metric: Json): ComparedBy {
  const name = metric === "loss" ? metric : metricFrom(metric as never).name;
  return { name, better: lowerIsBetter(name) ? "lower" : "higher" };
}
