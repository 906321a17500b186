import { checkTruth } from "../core/check.js";
import { TRAINING } from "../graph/training.js";
import type { Affine } from "../ops/normalize-channels.js";
import type { LayerConfig } from "./layer.js";
import { regularizerFrom } from "./regularization.js";
import type { ParameterSpec, Regularizer, Scope } from "./scope.js";

/** What normalization ends with: each normalized element times gamma, plus beta. */
export interface ScaleOptions {
  /** Whether the layer learns the factors "gamma". Default true. */
  scale?: boolean;
  /** A penalty on large factors. Default none. */
  gammaRegularizer?: Regularizer;
}

export interface AffineOptions extends ScaleOptions {
  /** Whether the layer learns the summands "beta". Default true. */
  center?: boolean;
  /** A penalty on large summands. Default none. */
  betaRegularizer?: Regularizer;
}

/** @internal The names of the options. */
export const scaleOptions = ["scale", "gammaRegularizer"] as const;
export const affineOptions = [...scaleOptions, "center", "betaRegularizer"] as const;

/**
 * @internal What the layer of a config declares for gamma and, if there may be one, beta, of a shape. @throws
 * ValueError
 */
export function affineFrom(
  config: LayerConfig,
  mayShift = true,
): (scope: Scope, shape: readonly number[]) => Affine {
  const { type, scale = true, center = mayShift } = config;
  checkTruth(type, "scale", scale);
  checkTruth(type, "center", center);
  const gamma = { name: "gamma", ...learned(config, "gammaRegularizer", 1) };
  const beta = { name: "beta", ...learned(config, "betaRegularizer", 0) };
  return (scope, shape) => ({
    gamma: scale ? scope.parameter({ ...gamma, shape }) : undefined,
    beta: center ? scope.parameter({ ...beta, shape }) : undefined,
  });
}

function learned(
  config: LayerConfig,
  regularizer: string,
  first: number,
): Pick<ParameterSpec, "initialize" | "regularizer"> {
  if (!TRAINING) return {};
  return {
    initialize: (host, at, n) => {
      host.floats(at, n).fill(first);
    },
    regularizer: regularizerFrom(config, regularizer),
  };
}
