import { checkName, checkOptions, show } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import { cosineOfTurns, power } from "../core/reproducible-math.js";
import { withDefaults } from "./settings.js";

/** The state of a schedule that depends on epochs' logs. The optimizer keeps it. */
export interface ScheduleState {
  /** The learning rate that it has come to. */
  readonly rate: number;
  /** The best value so far; null before the first. */
  readonly best: number | null;
  /** Epochs since the best. */
  readonly wait: number;
  /** Epochs for which nothing counts as waiting. */
  readonly cooldown: number;
}

type Observe = (log: Readonly<Record<string, unknown>>, state?: ScheduleState) => ScheduleState;

/**
 * A learning rate that changes: a function of the number of steps taken. `schedules` makes them. It holds
 * nothing that changes, so optimizers may share one. JSON.stringify writes it as { type, ...options }, and
 * scheduleFrom reads that back; String prints it.
 *
 * @example
 * const schedule = schedules.exponential({ learningRate: 0.1, every: 10, factor: 0.5 });
 * const optimizer = sgd({ learningRate: schedule });
 * console.log(schedule.type, optimizer.learningRate); // exponential 0.1
 */
export class Schedule {
  /** @internal */
  constructor(
    readonly type: string,
    private readonly options: object,
    /**
     * The learning rate of the step after `steps` steps; of a schedule that looks at the epochs, with what it
     * remembers.
     */
    readonly rate: (steps: number, state?: ScheduleState) => number,
    /** @internal What to remember after an epoch of this log, where it looks at the epochs. */
    readonly observe?: Observe,
    /** @internal The value of the log that `observe` needs. */
    readonly monitor?: string,
  ) {}

  /** The schedule as plain values, for `scheduleFrom`. */
  toJSON(): { type: string } & Record<string, unknown> {
    return { type: this.type, ...this.options };
  }

  /** As in a message: the type and the options. */
  toString(): string {
    return `${this.type}(${JSON.stringify(this.options)})`;
  }

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "Schedule";
  }
}

/** What all schedules take but warmup. */
export interface ConstantOptions {
  /** The learning rate to begin with; of oneCycle, the largest. */
  learningRate: number;
}

/** Of a schedule that comes to an end. */
interface Ending extends ConstantOptions {
  /** Steps until the end. The rate of the end stays. */
  steps: number;
  /** The rate at the end. Default 0. */
  minimum?: number;
}

export interface StepOptions extends ConstantOptions {
  /** Steps between two changes. */
  every: number;
  /** What the rate is multiplied by at each change. Default 0.1. */
  factor?: number;
}

export interface MultiStepOptions extends ConstantOptions {
  /** After how many steps the rate changes, ascending. */
  at: readonly number[];
  /** What the rate is multiplied by at each. Default 0.1. */
  factor?: number;
}

export interface ExponentialOptions extends ConstantOptions {
  /** What the rate is multiplied by within `every` steps, a part of it at each. */
  factor: number;
  /** Default 1. */
  every?: number;
}

/** The options of `schedules.polynomial`. */
export interface PolynomialOptions extends Ending {
  /** Default 1, a straight line. */
  power?: number;
}

/** The options of `schedules.cosine`. */
export interface CosineOptions extends Ending {
  /** Whether it begins anew at the end (Loshchilov and Hutter 2017). Default false. */
  restarts?: boolean;
  /** How many times as long each period is as the one before. Default 1. */
  growth?: number;
}

/** The options of `schedules.oneCycle`. */
export interface OneCycleOptions extends Ending {
  /** The part of the steps in which the rate rises. Default 0.3. */
  rise?: number;
  /**
   * The rate at the beginning. Default a 25th of the largest; the default of `minimum` is a 10,000th of this.
   */
  from?: number;
}

/** The options of `schedules.warmup`. */
export interface WarmupOptions {
  /** Steps before the other schedule begins. */
  steps: number;
  /** The rate at the beginning. Default 0. */
  from?: number;
  /** What comes after: the rate rises to where it begins. */
  before: Schedule | number;
}

export interface ReduceOnPlateauOptions extends ConstantOptions {
  /** The value of an epoch's log to look at. Default "validationLoss". */
  monitor?: string;
  /** Whether small values are good. Default "min" of a loss or an error, else "max". */
  mode?: "min" | "max";
  /** What the rate is multiplied by. Default 0.1. */
  factor?: number;
  /** Epochs without a better value after which the rate is reduced. Default 10. */
  patience?: number;
  /** By how much a value has to be better than the best. Default 1e-4. */
  minimumChange?: number;
  /** Epochs after a reduction that do not count as waiting. Default 0. */
  cooldown?: number;
  /** The least rate. Default 0. */
  minimum?: number;
}

/**
 * @internal Whether a value of this name in a log is better if it is lower. An output's name comes before it.
 */
export const lowerIsBetter = (name: string): boolean => /(loss|error)$/i.test(name);

type Rate = Schedule["rate"];

/** A schedule of checked options; a default of undefined stands for an option that has to be given. */
function make<Options extends object>(
  type: string,
  options: Options,
  defaults: { [name in keyof Required<Options>]: unknown },
  rateOf: (settings: Required<Options>) => Rate,
  observeOf?: (settings: Required<Options>) => Observe | undefined,
  monitorOf?: (settings: Required<Options>) => string | undefined,
): Schedule {
  const settings = withDefaults(type, options, defaults) as Required<Options>;
  const { learningRate } = settings as Partial<ConstantOptions>;
  for (const end of ["minimum", "from"]) {
    const value = (settings as Record<string, unknown>)[end];
    if (learningRate !== undefined && typeof value === "number" && value > learningRate)
      throw new ValueError(
        `${type} expected ${end} to be at most the learningRate of ${learningRate}, got ${value}`,
      );
  }
  return new Schedule(type, settings, rateOf(settings), observeOf?.(settings), monitorOf?.(settings));
}

/** Along half a wave of a cosine, from `high` at 0 to `low` at 1, which it meets to the bit. */
const wave = (high: number, low: number, progress: number): number =>
  progress <= 0 ? high : progress >= 1 ? low : low + ((high - low) / 2) * (1 + cosineOfTurns(progress / 2));

/**
 * Schedules, counted in steps. Each throws ValueError for options out of range.
 *
 * @example
 * const before = schedules.cosine({ learningRate: 0.01, steps: 1000 });
 * const optimizer = adam({ learningRate: schedules.warmup({ steps: 100, before }) });
 * console.log(before.type, optimizer.learningRate); // cosine 0
 */
export const schedules = {
  /** One rate for all steps. */
  constant(options: ConstantOptions): Schedule {
    return make(
      "constant",
      options,
      { learningRate: undefined },
      ({ learningRate }) =>
        () =>
          learningRate,
    );
  },

  /** learningRate factor^floor(steps taken / every). */
  step(options: StepOptions): Schedule {
    const defaults = { learningRate: undefined, every: undefined, factor: 0.1 };
    return make(
      "step",
      options,
      defaults,
      ({ learningRate, every, factor }) =>
        (taken) =>
          learningRate * power(factor, Math.floor(taken / every)),
    );
  },

  /** learningRate factor^(how many of `at` are reached). */
  multiStep(options: MultiStepOptions): Schedule {
    const defaults = { learningRate: undefined, at: undefined, factor: 0.1 };
    return make(
      "multiStep",
      options,
      defaults,
      ({ learningRate, at, factor }) =>
        (taken) =>
          learningRate * power(factor, at.filter((step) => step <= taken).length),
    );
  },

  /** learningRate factor^(steps taken / every). */
  exponential(options: ExponentialOptions): Schedule {
    const defaults = { learningRate: undefined, factor: undefined, every: 1 };
    return make(
      "exponential",
      options,
      defaults,
      ({ learningRate, factor, every }) =>
        (taken) =>
          learningRate * power(factor, taken / every),
    );
  },

  /** minimum + (learningRate - minimum) (1 - steps taken / steps)^power. */
  polynomial(options: PolynomialOptions): Schedule {
    const defaults = { learningRate: undefined, steps: undefined, minimum: 0, power: 1 };
    return make(
      "polynomial",
      options,
      defaults,
      ({ learningRate, steps, minimum, power: exponent }) =>
        (taken) => {
          return taken > 0
            ? minimum + (learningRate - minimum) * power(1 - Math.min(taken / steps, 1), exponent)
            : learningRate;
        },
    );
  },

  /**
   * minimum + (learningRate - minimum) (1 + cos(pi steps taken / steps)) / 2 (Loshchilov and Hutter 2017),
   * with restarts if wanted.
   */
  cosine(options: CosineOptions): Schedule {
    const defaults = { learningRate: undefined, steps: undefined, minimum: 0, restarts: false, growth: 1 };
    return make(
      "cosine",
      options,
      defaults,
      ({ learningRate, steps, minimum, restarts, growth }) =>
        (taken) => {
          // Periods are whole steps, so that each restart is at the full rate.
          let exact = steps;
          let period = steps;
          let within = restarts && growth === 1 ? taken % period : taken;
          while (restarts && within >= period) {
            within -= period;
            exact *= growth;
            period = Math.round(exact);
          }
          return wave(learningRate, minimum, within / period);
        },
    );
  },

  /**
   * Half a wave of a cosine up from `from` to `learningRate`, another down to `minimum` (Smith and Topin
   * 2019). The rate is `learningRate` at step round(rise * steps) of 1 to steps, but not before the first nor
   * after the last but one, and `minimum` at the last step; a single step has `minimum`. As in PyTorch, where
   * rise * steps is a whole number.
   */
  oneCycle(options: OneCycleOptions): Schedule {
    const start = options?.from ?? options?.learningRate / 25;
    const defaults = {
      learningRate: undefined,
      steps: undefined,
      minimum: start / 1e4,
      rise: 0.3,
      from: start,
    };
    return make("oneCycle", options, defaults, ({ learningRate, steps, minimum, rise, from }) => (taken) => {
      const last = steps - 1;
      const top = Math.max(Math.min(Math.round(rise * steps), last) - 1, 0);
      if (taken < top) return wave(from, learningRate, taken / top);
      return last > 0 ? wave(learningRate, minimum, (taken - top) / (last - top)) : minimum;
    });
  },

  /** A straight line from `from` to the first rate of `before`, which begins after `steps` steps. */
  warmup(options: WarmupOptions): Schedule {
    checkOptions("warmup", options ?? null, ["steps", "from", "before"]);
    const next = scheduleFrom(options.before);
    if (options.from !== undefined && options.from > next.rate(0))
      throw new ValueError(
        `warmup expected from to be at most ${next.rate(0)}, the rate that it leads to, got ${options.from}`,
      );
    return make(
      "warmup",
      { ...options, before: next.toJSON() },
      { steps: undefined, from: 0, before: undefined },
      ({ steps, from }) =>
        (taken, state) =>
          taken < steps
            ? from + ((next.rate(0, state) - from) * taken) / steps
            : next.rate(taken - steps, state),
      () => next.observe,
      () => next.monitor,
    );
  },

  /**
   * Multiplies the rate by `factor` whenever `patience` epochs have passed without a better value, as Keras
   * does. Only fit tells it of epochs.
   */
  reduceOnPlateau(options: ReduceOnPlateauOptions): Schedule {
    const defaults = {
      learningRate: undefined,
      monitor: "validationLoss",
      mode: null,
      factor: 0.1,
      patience: 10,
      minimumChange: 1e-4,
      cooldown: 0,
      minimum: 0,
    };
    return make(
      "reduceOnPlateau",
      options,
      defaults,
      ({ learningRate }) =>
        (_, state) =>
          state?.rate ?? learningRate,
      ({ learningRate, monitor, mode, factor, patience, minimumChange, cooldown: pause, minimum }) =>
        (log, { rate, best, wait, cooldown } = { rate: learningRate, best: null, wait: 0, cooldown: 0 }) => {
          const value = log[monitor];
          if (typeof value !== "number")
            throw new ValueError(
              `reduceOnPlateau: an epoch has no ${show(monitor)}; it has ${Object.keys(log).join(", ")}`,
            );
          const gain =
            best === null
              ? Number.POSITIVE_INFINITY
              : mode === "min" || (!mode && lowerIsBetter(monitor))
                ? best - value
                : value - best;
          const left = Math.max(cooldown - 1, 0);
          if (Number.isFinite(value) && gain > minimumChange)
            return { rate, best: value, wait: 0, cooldown: left };
          // The epoch that ends the pause counts as the first of waiting.
          const waited = left > 0 ? 0 : cooldown > 0 ? 1 : wait + 1;
          if (waited < patience) return { rate, best, wait: waited, cooldown: left };
          return { rate: Math.max(rate * factor, minimum), best, wait: 0, cooldown: pause };
        },
      ({ monitor }) => monitor,
    );
  },
};

/**
 * The schedule that JSON.stringify wrote as this; a number is a constant rate, and a schedule is itself.
 *
 * @example
 * const text = JSON.stringify(schedules.polynomial({ learningRate: 0.1, steps: 50 }));
 * console.log(scheduleFrom(JSON.parse(text)).type); // polynomial
 *
 * @throws ValueError if it describes no schedule
 */
export function scheduleFrom(json: unknown): Schedule {
  if (json instanceof Schedule) return json;
  if (typeof json === "number") return schedules.constant({ learningRate: json });
  const { type, ...options } = (json ?? {}) as { type?: unknown };
  checkName("scheduleFrom", "schedule", type, schedules);
  return (schedules[type] as (options: object) => Schedule)(options);
}
