import { type NamedConfig, type NamedSpec, namedBy } from "../core/describe.js";
import type { Loss } from "./loss.js";
import { type LossAlias, losses, short } from "./losses.js";

/**
 * A loss as JSON: one of the names of `losses`, or an object with the name and its options. `custom` is none,
 * for it is made of functions.
 */
export type LossSpec = NamedSpec<Omit<typeof losses, "custom">> | LossAlias;

/**
 * The loss that JSON describes: a name, or `{ name, ...options }` with the options of its function in
 * `losses`. The `config` of a loss is such an object.
 *
 * @example
 * const loss = lossFrom(JSON.parse('{ "name": "huber", "delta": 2 }'));
 * console.log(loss.name, JSON.stringify(lossFrom("mse").config)); // huber {"name":"meanSquaredError"}
 *
 * @throws ValueError for an unknown name and for options that the loss does not take, with their place
 */
export const lossFrom = (json: LossSpec | NamedConfig): Loss => lossAt("lossFrom", json);

/** @internal The loss of the JSON at a place. @throws ValueError */
export function lossAt(place: string, json: unknown): Loss {
  const { custom: _, ...described } = losses;
  return namedBy<Loss>(place, "loss", json, { ...described, ...short });
}
