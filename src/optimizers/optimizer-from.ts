import { checkDescription, type NamedConfig, namedBy, reading, within } from "../core/describe.js";
import { adadelta } from "./adadelta.js";
import { adagrad } from "./adagrad.js";
import { adam, adamw } from "./adam.js";
import { lion } from "./lion.js";
import { nadam } from "./nadam.js";
import type { Optimizer, OptimizerOptions } from "./optimizer.js";
import { checkGroups, groupFromConfig, type ParameterGroup } from "./parameter-groups.js";
import { rmsprop } from "./rmsprop.js";
import { type Schedule, scheduleFrom, type schedules, type WarmupOptions } from "./schedule.js";
import { sgd } from "./sgd.js";

const optimizers = { sgd, adam, adamw, nadam, rmsprop, adagrad, adadelta, lion };

type Schedules = Omit<typeof schedules, "warmup">;

/** A schedule as JSON: what `scheduleFrom` reads and JSON.stringify writes. */
export type ScheduleSpec =
  | { [Type in keyof Schedules]: { readonly type: Type } & Parameters<Schedules[Type]>[0] }[keyof Schedules]
  | ({ readonly type: "warmup"; readonly before: ScheduleSpec | number } & Omit<WarmupOptions, "before">);

/** A group of parameters as JSON. */
export interface GroupSpec extends Omit<ParameterGroup, "parameters"> {
  /** Which: those of the list, or those whose name the expression of this source and these flags matches. */
  parameters: readonly string[] | { readonly source: string; readonly flags?: string };
}

/** The options of every optimizer as JSON. */
interface CommonSpec extends Pick<OptimizerOptions, "weightDecay"> {
  /** A number above 0, or a schedule. */
  learningRate?: number | ScheduleSpec;
  /** As in OptimizerOptions; null for none. */
  clipValue?: number | null;
  /** As in OptimizerOptions; null for none. */
  clipNorm?: number | null;
  /** Parameters with a learning rate or weight decay of their own. */
  groups?: readonly GroupSpec[];
}

type Optimizers = typeof optimizers;

/** An optimizer as JSON: its name, or an object with the name and its options. */
export type OptimizerSpec = {
  [Name in keyof Optimizers]:
    | Name
    | ({ readonly name: Name } & CommonSpec &
        Omit<NonNullable<Parameters<Optimizers[Name]>[0]>, keyof OptimizerOptions>);
}[keyof Optimizers];

/**
 * The optimizer that JSON describes: a name, or `{ name, ...options }` with the options of its function.
 * `learningRate` may be a schedule, `{ type, ...options }`; `groups` name their parameters by a list or by
 * the source of an expression, which is run: take none from people that you do not trust. The `config` of an
 * optimizer is such an object.
 *
 * @example
 * const learningRate = { type: "step", learningRate: 0.01, every: 100 } as const;
 * const optimizer = optimizerFrom({ name: "adamw", learningRate, weightDecay: 0.05 });
 * const twin = optimizerFrom(JSON.parse(JSON.stringify(optimizer.config)));
 * console.log(twin.name, twin.learningRate); // adamw 0.01
 *
 * @throws ValueError for an unknown name and for options that the optimizer does not take, with their place
 */
export const optimizerFrom = (json: OptimizerSpec | NamedConfig): Optimizer =>
  optimizerAt("optimizerFrom", json);

/** @internal The optimizer of the JSON at a place. @throws ValueError */
export function optimizerAt(place: string, json: unknown): Optimizer {
  const { learningRate: rate, groups } = Object(json) as CommonSpec;
  const isConstant = rate === undefined || typeof rate === "number";
  return namedBy<Optimizer>(
    place,
    "optimizer",
    isConstant && groups === undefined
      ? json
      : {
          ...(json as object),
          learningRate: isConstant ? rate : scheduleAt(within(place, "learningRate"), rate),
          groups: Array.isArray(groups)
            ? groups.map((group, i) => groupAt(`${within(place, "groups")}[${i}]`, group))
            : groups,
        },
    optimizers,
  );
}

/** @throws ValueError */
const groupAt = (place: string, json: GroupSpec): ParameterGroup =>
  reading(place, json, () => {
    checkDescription(place, json);
    const group = groupFromConfig(json);
    checkGroups("an optimizer", [group]);
    return group;
  });

/** What a warmup leads to has a place of its own. @throws ValueError */
const scheduleAt = (place: string, json: ScheduleSpec | number): Schedule =>
  reading(place, json, () => {
    const { before } = Object(json) as { before?: ScheduleSpec };
    const isNested = before !== null && typeof before === "object";
    return scheduleFrom(
      isNested ? { ...Object(json), before: scheduleAt(within(place, "before"), before) } : json,
    );
  });
