import {
  checkCount,
  checkFraction,
  checkName,
  checkNumber,
  checkOptions,
  checkPositive,
  checkTruth,
  show,
} from "../core/check.js";
import { ValueError } from "../core/errors.js";

type Check = (who: string, what: string, value: unknown) => void;

const none: Check = () => undefined;

/**
 * The checks of options of optimizers and schedules, by name. Options that are not listed are numbers of at
 * least 0.
 */
const checks: Record<string, Check> = {
  learningRate: checkPositive,
  epsilon: checkPositive,
  clipValue: checkPositive,
  clipNorm: checkPositive,
  factor: checkPositive,
  power: checkPositive,
  momentum: checkFraction,
  dampening: checkFraction,
  beta1: checkFraction,
  beta2: checkFraction,
  rho: checkFraction,
  rise: checkFraction,
  nesterov: checkTruth,
  amsgrad: checkTruth,
  centered: checkTruth,
  restarts: checkTruth,
  steps: checkCount,
  every: checkCount,
  patience: checkCount,
  cooldown: (who, what, value) => checkCount(who, what, value, 0),
  growth: (who, what, value) => checkNumber(who, what, value, 1),
  velocity: (who, what, value) => checkName(who, what, value, { torch: 0, scaled: 0 }),
  mode: (who, what, value) => checkName(who, what, value, { min: 0, max: 0 }),
  at: (who, what, value) => {
    if (!Array.isArray(value))
      throw new ValueError(`${who} expected ${what} to be an array, got ${show(value)}`);
    value.forEach((step, i) => {
      checkCount(who, `${what}[${i}]`, step, i > 0 ? value[i - 1] : 0);
    });
  },
  // Checked where they are used.
  monitor: none,
  before: none,
  groups: none,
};

/**
 * @internal The options with their defaults, checked by their names. Required options have the default
 * undefined, optional ones null.
 * @throws ValueError for an unknown option, and one out of range
 */
export function withDefaults(who: string, options: object, defaults: object): object {
  checkOptions(who, options ?? null, Object.keys(defaults));
  return Object.fromEntries(
    Object.entries({ ...defaults }).map(([name, standard]) => {
      const value = (options as Record<string, unknown>)[name] ?? standard;
      if (value !== null)
        (checks[name] ?? ((who, what) => checkNumber(who, what, value, 0)))(who, name, value);
      return [name, value];
    }),
  );
}
