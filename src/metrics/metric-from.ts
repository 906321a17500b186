import { checkOptions } from "../core/check.js";
import { type NamedConfig, type NamedSpec, namedBy } from "../core/describe.js";
import { type Metric, type MetricAlias, metrics, short } from "./metrics.js";

/** A metric as JSON: one of the names of `metrics`, or an object with the name and its options. */
export type MetricSpec = NamedSpec<typeof metrics> | MetricAlias;

/**
 * The metric that JSON describes: a name, or `{ name, ...options }` with the options of its function in
 * `metrics`. The `config` of a metric is such an object.
 *
 * @example
 * const metric = metricFrom({ name: "topKAccuracy", k: 3 });
 * console.log(JSON.stringify(metric.config)); // {"name":"topKAccuracy","k":3}
 *
 * @throws ValueError for an unknown name and for options that the metric does not take, with their place
 */
export const metricFrom = (json: MetricSpec | NamedConfig): Metric => metricAt("metricFrom", json);

/** @internal The metric of the JSON at a place. @throws ValueError */
export function metricAt(place: string, json: unknown): Metric {
  const metric = namedBy<Metric>(place, "metric", json, { ...metrics, ...short });
  // Those without options look at none.
  if (typeof json === "object") checkOptions(place, json, Object.keys(metric.config));
  return metric;
}
