import { checkCount, checkNumber, checkOptions, show } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import { purposes, RandomStream } from "../core/random.js";
import { exp, log } from "../core/reproducible-math.js";

/** How the next token is drawn. */
export interface SamplingOptions {
  /**
   * Divides the logarithms of the probabilities: below 1 likely tokens become likelier, 0 takes the likeliest
   * one. Default 1.
   */
  temperature?: number;
  /** Draws from this number of the likeliest tokens. Default all. */
  topK?: number;
  /**
   * Draws from the likeliest tokens whose probabilities reach this sum (Holtzman and others 2020), in (0, 1].
   * Default 1.
   */
  topP?: number;
  /** Decides the draws. Default 0. */
  seed?: number;
}

/** Tokens that `exp` of a difference below this is left out for: e^-700 is nothing in float64. */
const LEAST = -700;

/**
 * Draws tokens from a model's output. Draw i depends on the seed, on i and on the output alone, and has the
 * same result in every engine.
 *
 * @example
 * const sampler = new Sampler({ temperature: 0.8, topK: 2, seed: 7 });
 * const token = sampler.next([0.1, 0.6, 0.3]);
 * console.log(token === 1 || token === 2); // true
 */
export class Sampler {
  private readonly temperature: number;
  private readonly topK: number;
  private readonly topP: number;
  private readonly random: RandomStream;
  private draws = 0;

  /** @throws ValueError for numbers out of range and unknown options */
  constructor(options: SamplingOptions = {}) {
    checkOptions("Sampler", options, ["temperature", "topK", "topP", "seed"]);
    const { temperature = 1, topK = Number.MAX_SAFE_INTEGER, topP = 1, seed = 0 } = options;
    checkNumber("Sampler", "temperature", temperature, 0);
    checkCount("Sampler", "topK", topK);
    checkNumber("Sampler", "topP", topP, 0, 1);
    if (topP === 0) throw new ValueError("Sampler expected topP to be above 0, got 0");
    if (!Number.isSafeInteger(seed))
      throw new ValueError(`Sampler expected seed to be a safe integer, got ${show(seed)}`);
    this.temperature = temperature;
    this.topK = topK;
    this.topP = topP;
    this.random = new RandomStream(seed, purposes.token, 0);
  }

  /**
   * The next token. `scores` are the probabilities of a softmax or, with `logits`, what goes into one.
   * @throws ValueError for scores that are not finite or, without `logits`, negative
   */
  next(scores: ArrayLike<number>, { logits = false }: { logits?: boolean } = {}): number {
    const logarithms = logarithmsOf(scores, logits);
    const order = Array.from(logarithms.keys()).sort((a, b) => logarithms[b] - logarithms[a] || a - b);
    const draw = this.random.uniform(this.draws++);
    if (this.temperature === 0) return order[0];
    const likeliest = order.slice(0, this.topK);
    const top = logarithms[order[0]];
    const weights = likeliest.map((token) => {
      const difference = (logarithms[token] - top) / this.temperature;
      return difference < LEAST ? 0 : exp(difference);
    });
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let kept = 0;
    let count = 0;
    while (count < weights.length && kept < this.topP * total) kept += weights[count++];
    let left = draw * kept;
    for (let i = 0; i < count; i++) {
      left -= weights[i];
      if (left < 0) return likeliest[i];
    }
    return likeliest[count - 1];
  }
}

/** @throws ValueError */
function logarithmsOf(scores: ArrayLike<number>, logits: boolean): Float64Array {
  return Float64Array.from(scores, (score, token) => {
    if (!Number.isFinite(score) || (!logits && score < 0))
      throw new ValueError(
        `Sampler.next expected ${logits ? "finite logits" : "probabilities"}, got ${score} for token ${token}`,
      );
    if (logits) return score;
    // What underflowed in float32 has no logarithm; it is far less likely than anything that is drawn.
    return score < SMALLEST ? log(SMALLEST) : log(score);
  });
}

/** The smallest normal float32. */
const SMALLEST = 1.1754943508222875e-38;
