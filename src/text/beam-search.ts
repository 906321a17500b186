import { checkCount, checkList, checkNumber, checkOptions } from "../core/check.js";
import { ShapeError, ValueError } from "../core/errors.js";
import { exp, log, power } from "../core/reproducible-math.js";
import type { Stepper } from "../network/stepper.js";
import { checkLanguageModel, type LanguageModel, scoresAre } from "./generate.js";

/** The options of `beamSearch`. */
export interface BeamSearchOptions {
  /** Continuations that are followed side by side. Default 4. */
  beams?: number;
  /** The most tokens of a continuation. Default 50. */
  length?: number;
  /** A token that ends a continuation; it is not part of it. Default none. */
  stop?: number;
  /**
   * The logarithm of the probability is divided by the length to this power: above 0 longer continuations
   * are preferred (Wu and others 2016). Default 0.
   */
  lengthPenalty?: number;
}

/** A continuation that was found. */
export interface Beam {
  readonly tokens: number[];
  /** The logarithm of its probability, that of the stop token included. */
  readonly logProbability: number;
}

/** A continuation on the way. */
interface Path extends Beam {
  /** The row of the stepper that has its state. */
  readonly row: number;
}

/**
 * The most probable continuations of tokens, the best first, by following a few at a time. The model takes
 * tokens, [batch, time], and gives a softmax or logits.
 *
 * @example
 * const vocabulary = characterVocabulary("abc");
 * const layers = [embedding(3, 8), lstm(8, { returnSequences: true }), dense(3)];
 * const model = new Sequential(backend, { inputShape: [10], seed: 1, layers });
 * const [best] = beamSearch(model, vocabulary.encode("ab"), { beams: 3, length: 5 });
 * console.log(best.tokens.length); // 5
 *
 * @throws ValueError for no tokens, options out of range and a model that needs whole sequences; ShapeError
 * for a model that does not take tokens
 */
export function beamSearch(
  model: LanguageModel,
  prompt: ArrayLike<number>,
  options: BeamSearchOptions = {},
): Beam[] {
  checkOptions("beamSearch", options, ["beams", "length", "stop", "lengthPenalty"]);
  checkLanguageModel("beamSearch", model);
  checkList("beamSearch", "prompt", prompt);
  const { beams = 4, length = 50, stop, lengthPenalty = 0 } = options;
  checkCount("beamSearch", "beams", beams);
  checkCount("beamSearch", "length", length);
  checkNumber("beamSearch", "lengthPenalty", lengthPenalty, 0);
  if (prompt.length === 0) throw new ValueError("beamSearch expected at least one token, got none");
  const stepper = model.stepper({ rows: beams });
  try {
    const areLogits = scoresAre(stepper) === "logits";
    if (stepper.inputSize !== 1)
      throw new ShapeError(
        `beamSearch expected a model of tokens, [batch, time], got ${stepper.inputSize} numbers for each step`,
      );
    const size = stepper.outputSize;
    let scores: Float32Array = new Float32Array(0);
    for (let i = 0; i < prompt.length; i++) scores = stepper.step(new Float32Array(beams).fill(prompt[i]));
    let paths: Path[] = [{ tokens: [], logProbability: 0, row: 0 }];
    const ended: Beam[] = [];
    for (let step = 0; step < length && paths.length > 0; step++) {
      const next = paths
        .flatMap((path) => {
          const own = scores.subarray(path.row * size, (path.row + 1) * size);
          return bestOf(logProbabilities(own, areLogits), beams + 1).map(([token, value]) => ({
            tokens: token === stop ? path.tokens : [...path.tokens, token],
            logProbability: path.logProbability + value,
            row: path.row,
            isEnd: token === stop,
          }));
        })
        .sort((a, b) => b.logProbability - a.logProbability);
      ended.push(...next.slice(0, beams).filter(({ isEnd }) => isEnd));
      const going = next.filter(({ isEnd }) => !isEnd).slice(0, beams);
      reorder(stepper, going);
      paths = going.map((path, row) => ({ ...path, row }));
      if (ended.length >= beams || step + 1 === length) break;
      const last = new Float32Array(beams);
      paths.forEach(({ tokens }, row) => {
        last[row] = tokens[tokens.length - 1];
      });
      scores = stepper.step(last);
    }
    const worth = ({ tokens, logProbability }: Beam): number =>
      logProbability / lengthFactor(tokens.length, lengthPenalty);
    return [...ended, ...paths]
      .map(({ tokens, logProbability }) => ({ tokens, logProbability }))
      .sort((a, b) => worth(b) - worth(a))
      .slice(0, beams);
  } finally {
    stepper.dispose();
  }
}

/** Row i of the stepper continues the path that stands at place i. */
function reorder(stepper: Stepper, paths: readonly { readonly row: number }[]): void {
  const { states, rows } = stepper;
  for (const values of Object.values(states.layers)) {
    const size = values.length / rows;
    const before = values.slice();
    paths.forEach(({ row }, i) => {
      values.set(before.subarray(row * size, (row + 1) * size), i * size);
    });
  }
  stepper.states = states;
}

const lengthFactor = (length: number, penalty: number): number =>
  penalty === 0 ? 1 : power(Math.max(length, 1), penalty);

/** The tokens with the largest values, and these. */
function bestOf(values: Float64Array, count: number): [token: number, value: number][] {
  return Array.from(values, (value, token): [number, number] => [token, value])
    .sort(([a, x], [b, y]) => y - x || a - b)
    .slice(0, count);
}

function logProbabilities(scores: Float32Array, areLogits: boolean): Float64Array {
  if (!areLogits) return Float64Array.from(scores, (p) => log(Math.max(p, SMALLEST)));
  const top = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
  let sum = 0;
  for (const score of scores) if (score - top > -700) sum += exp(score - top);
  const total = top + log(sum);
  return Float64Array.from(scores, (score) => score - total);
}

/** The smallest normal float32. */
const SMALLEST = 1.1754943508222875e-38;
