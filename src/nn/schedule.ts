import { checkCount, checkName, checkNumber, checkOptions, checkPositive, checkTruth, show } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import { cosineOfTurns, power } from "../core/reproducible-math.js";

/** What a schedule that looks at the epochs remembers of them. An optimizer keeps it. */
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
 * A learning rate that changes: a function of the number of steps taken. `schedules` makes them. It holds nothing that changes, so
 * optimizers may share one. JSON.stringify makes { type, ...options } of it, of which scheduleFrom makes it again; String prints it.
 */
export class Schedule {
  /** @internal */
  constructor(
    readonly type: string,
    private readonly options: object,
    /** The learning rate of the step after `steps` steps; of a schedule that looks at the epochs, with what it remembers. */
    readonly rate: (steps: number, state?: ScheduleState) => number,
    /** @internal What to remember after an epoch of this log, where it looks at the epochs. */
    readonly observe?: Observe,
  ) {}

  toJSON(): { type: string } & Record<string, unknown> {
    return { type: this.type, ...this.options };
  }

  toString(): string {
    return `${this.type}(${JSON.stringify(this.options)})`;
  }
}

/** What all schedules take. */
interface Rated {
  /** The learning rate to begin with; of oneCycle, the largest. */
  learningRate: number;
}

/** Of a schedule that comes to an end. */
interface Ending extends Rated {
  /** Steps until the end. The rate of the end stays. */
  steps: number;
  /** The rate at the end. Default 0. */
  minimum?: number;
}

export interface StepOptions extends Rated {
  /** Steps between two changes. */
  every: number;
  /** What the rate is multiplied by at each change. Default 0.1; of exponential there is none. */
  factor?: number;
}

export interface MultiStepOptions extends Rated {
  /** After how many steps the rate changes, ascending. */
  at: readonly number[];
  /** What the rate is multiplied by at each. Default 0.1. */
  factor?: number;
}

export interface ExponentialOptions extends Rated {
  /** What the rate is multiplied by every `every` steps, bit by bit at each step. */
  factor: number;
  /** Default 1. */
  every?: number;
}

export interface PolynomialOptions extends Ending {
  /** Default 1, a straight line. */
  power?: number;
}

export interface CosineOptions extends Ending {
  /** Whether it begins anew at the end (Loshchilov and Hutter 2017). Default false. */
  restarts?: boolean;
  /** How many times as long each period is as the one before. Default 1. */
  growth?: number;
}

export interface OneCycleOptions extends Ending {
  /** The part of the steps in which the rate rises. Default 0.3. */
  rise?: number;
  /** The rate at the beginning. Default a 25th of the largest; the default of `minimum` is a 10,000th of this. */
  from?: number;
}

export interface WarmupOptions {
  /** Steps before the other schedule begins. */
  steps: number;
  /** The rate at the beginning. Default 0. */
  from?: number;
  /** What comes after: the rate rises to where it begins. */
  before: Schedule | number;
}

export interface ReduceOnPlateauOptions extends Rated {
  /** The value of an epoch's log to look at. Default "validationLoss". */
  monitor?: string;
  /** Whether small values are good. Default "min". */
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

/** What an option must be, by its name; the others are numbers of at least 0. */
const checks: Record<string, (who: string, what: string, value: unknown) => void> = {
  learningRate: checkPositive,
  factor: checkPositive,
  power: checkPositive,
  steps: checkCount,
  every: checkCount,
  patience: checkCount,
  cooldown: (who, what, value) => checkCount(who, what, value, 0),
  growth: (who, what, value) => checkNumber(who, what, value, 1),
  rise: (who, what, value) => checkNumber(who, what, value, 0, 1),
  restarts: checkTruth,
  mode: (who, what, value) => checkName(who, what, value, { min: 0, max: 0 }),
  monitor: (who, what, value) => {
    if (typeof value !== "string") throw new ValueError(`${who} expected ${what} to be a name, got ${show(value)}`);
  },
  at: (who, what, value) => {
    if (!Array.isArray(value)) throw new ValueError(`${who} expected ${what} to be an array, got ${show(value)}`);
    value.forEach((step, i) => {
      checkCount(who, `${what}[${i}]`, step, i > 0 ? value[i - 1] : 0);
    });
  },
  before: () => undefined,
};

/** The options with their defaults. An option whose default is undefined has to be given, but for those in `optional`. */
function settled<Options extends object>(type: string, options: Options, defaults: Required<{ [name in keyof Options]: unknown }>): Required<Options> {
  checkOptions(type, options ?? null, Object.keys(defaults));
  const settings: Record<string, unknown> = {};
  for (const [name, standard] of Object.entries(defaults)) {
    const value = (options as Record<string, unknown>)[name] ?? standard;
    (checks[name] ?? ((who, what) => checkNumber(who, what, value, 0)))(type, name, value);
    settings[name] = value;
  }
  return settings as Required<Options>;
}

/** Along half a wave of a cosine, from `high` at 0 to `low` at 1. */
const wave = (high: number, low: number, progress: number): number => low + ((high - low) / 2) * (1 + cosineOfTurns(Math.min(progress, 1) / 2));

/** Schedules, counted in steps. Each throws ValueError for options out of range. */
export const schedules = {
  /** One rate for all steps. */
  constant(options: Rated): Schedule {
    const settings = settled("constant", options, { learningRate: undefined });
    return new Schedule("constant", settings, () => settings.learningRate);
  },

  /** learningRate factor^floor(steps / every). */
  step(options: StepOptions): Schedule {
    const settings = settled("step", options, { learningRate: undefined, every: undefined, factor: 0.1 });
    const { learningRate, every, factor } = settings;
    return new Schedule("step", settings, (steps) => learningRate * power(factor, Math.floor(steps / every)));
  },

  /** learningRate factor^(how many of `at` are reached). */
  multiStep(options: MultiStepOptions): Schedule {
    const settings = settled("multiStep", options, { learningRate: undefined, at: undefined, factor: 0.1 });
    const { learningRate, at, factor } = settings;
    return new Schedule("multiStep", settings, (steps) => learningRate * power(factor, at.filter((step) => step <= steps).length));
  },

  /** learningRate factor^(steps / every). */
  exponential(options: ExponentialOptions): Schedule {
    const settings = settled("exponential", options, { learningRate: undefined, factor: undefined, every: 1 });
    const { learningRate, factor, every } = settings;
    return new Schedule("exponential", settings, (steps) => learningRate * power(factor, steps / every));
  },

  /** minimum + (learningRate - minimum) (1 - steps taken / steps)^power. */
  polynomial(options: PolynomialOptions): Schedule {
    const settings = settled("polynomial", options, { learningRate: undefined, steps: undefined, minimum: 0, power: 1 });
    const { learningRate, steps: all, minimum, power: exponent } = settings;
    return new Schedule("polynomial", settings, (steps) => minimum + (learningRate - minimum) * power(1 - Math.min(steps / all, 1), exponent));
  },

  /** minimum + (learningRate - minimum) (1 + cos(pi steps taken / steps)) / 2 (Loshchilov and Hutter 2017), with restarts if wanted. */
  cosine(options: CosineOptions): Schedule {
    const settings = settled("cosine", options, { learningRate: undefined, steps: undefined, minimum: 0, restarts: false, growth: 1 });
    const { learningRate, steps: all, minimum, restarts, growth } = settings;
    return new Schedule("cosine", settings, (steps) => {
      let period = all;
      let taken = restarts && growth === 1 ? steps % period : steps;
      while (restarts && taken >= period) {
        taken -= period;
        period *= growth;
      }
      return wave(learningRate, minimum, taken / period);
    });
  },

  /** Half a wave of a cosine up from `from` to `learningRate`, another down to `minimum` at the last step (Smith and Topin 2019, as PyTorch has it). */
  oneCycle(options: OneCycleOptions): Schedule {
    const from = options?.from ?? options?.learningRate / 25;
    const settings = settled("oneCycle", options, { learningRate: undefined, steps: undefined, minimum: from / 1e4, rise: 0.3, from });
    const { learningRate, steps: all, minimum, rise } = settings;
    const top = Math.max(rise * all - 1, 0);
    return new Schedule("oneCycle", settings, (steps) =>
      steps < top ? wave(from, learningRate, steps / top) : wave(learningRate, minimum, (steps - top) / Math.max(all - 1 - top, 1)),
    );
  },

  /** A straight line from `from` to the first rate of `before`, which begins after `steps` steps. */
  warmup(options: WarmupOptions): Schedule {
    const { steps: all, from, before } = settled("warmup", options, { steps: undefined, from: 0, before: undefined });
    const next = scheduleFrom(before);
    return new Schedule(
      "warmup",
      { steps: all, from, before: next },
      (steps, state) => (steps < all ? from + ((next.rate(0, state) - from) * steps) / all : next.rate(steps - all, state)),
      next.observe,
    );
  },

  /** Multiplies the rate by `factor` whenever `patience` epochs have passed without a better value, as Keras does. Only fit tells it of epochs. */
  reduceOnPlateau(options: ReduceOnPlateauOptions): Schedule {
    const settings = settled("reduceOnPlateau", options, {
      learningRate: undefined,
      monitor: "validationLoss",
      mode: "min",
      factor: 0.1,
      patience: 10,
      minimumChange: 1e-4,
      cooldown: 0,
      minimum: 0,
    });
    const { learningRate, monitor, mode, factor, patience, minimumChange, minimum } = settings;
    const observe: Observe = (log, state = { rate: learningRate, best: null, wait: 0, cooldown: 0 }) => {
      const value = log[monitor];
      if (typeof value !== "number") throw new ValueError(`reduceOnPlateau: an epoch has no ${show(monitor)}; it has ${Object.keys(log).join(", ")}`);
      const cooldown = Math.max(state.cooldown - 1, 0);
      const gain = state.best === null ? Number.POSITIVE_INFINITY : mode === "min" ? state.best - value : value - state.best;
      if (Number.isFinite(value) && gain > minimumChange) return { rate: state.rate, best: value, wait: 0, cooldown };
      const wait = cooldown > 0 ? 0 : (state.cooldown > 0 ? 0 : state.wait) + 1;
      if (wait < patience) return { ...state, wait, cooldown };
      return { rate: Math.max(state.rate * factor, minimum), best: state.best, wait: 0, cooldown: settings.cooldown };
    };
    return new Schedule("reduceOnPlateau", settings, (_, state) => state?.rate ?? learningRate, observe);
  },
};

/**
 * The schedule of which JSON.stringify made this; a number is a constant rate, and a schedule is itself.
 * @throws ValueError when it tells of none
 */
export function scheduleFrom(json: unknown): Schedule {
  if (json instanceof Schedule) return json;
  if (typeof json === "number") return schedules.constant({ learningRate: json });
  const { type, ...options } = (json ?? {}) as { type?: unknown };
  checkName("scheduleFrom", "schedule", type, schedules);
  return (schedules[type] as (options: object) => Schedule)(options);
}
