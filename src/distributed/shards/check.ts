import { optimizerFrom, ValueError } from "../../index.js";
import type { Json } from "../canonical.js";
import { at, checkKeys, checkTraining, checkWhole } from "../sweep/check.js";
import { refuse } from "../sweep/refuse.js";
import { isObject, searchesIn } from "../sweep/search.js";
import { PARTS } from "../sweep/spec.js";
import type { CheckedDistributed } from "./spec.js";

const MOST_SHARDS = 1024;
const MOST_STEPS = 1_000_000;
const MOST_ROUNDS = 1_000_000;
const FIT = ["epochs", "batchSize", "shuffle", "classWeights"] as const;
const EPOCHS = 30;
const BATCH_SIZE = 32;

/** The spec of a training in rounds with its defaults. @throws ValueError with the path of what is wrong */
export function checkDistributed(who: string, given: unknown): CheckedDistributed {
  if (!isObject(given)) refuse(who, "the spec", "an object", given);
  const { shards = 4, localSteps = 100, rounds = null, carry = true, fit = {}, ...others } = given;
  checkWhole(who, "shards", shards, 1, MOST_SHARDS);
  checkWhole(who, "localSteps", localSteps, 1, MOST_STEPS);
  if (rounds !== null) checkWhole(who, "rounds", rounds, 1, MOST_ROUNDS);
  if (typeof carry !== "boolean") refuse(who, "carry", "true or false", carry);
  if (!carry && localSteps === 1)
    throw new ValueError(`${who}: carry expected true where localSteps is 1: all steps are of one optimizer`);
  checkKeys(who, "fit", fit, FIT);
  if (rounds !== null && fit.epochs !== undefined)
    throw new ValueError(`${who} expected rounds or fit.epochs, got both`);
  const own = { epochs: EPOCHS, batchSize: BATCH_SIZE, shuffle: true, ...fit };
  const training = checkTraining(who, { ...others, fit: own });
  for (const part of PARTS) {
    const [path] = searchesIn(who, training[part], part).keys();
    if (path !== undefined)
      throw new ValueError(
        `${who}: ${path} expected a value, got one that is searched for; sweep tries several`,
      );
  }
  checkSchedule(who, training.optimizer);
  const { epochs, ...every } = own;
  const whole = { ...training, fit: rounds === null ? own : every, shards, localSteps, rounds, carry };
  return whole as unknown as CheckedDistributed;
}

/** No shard sees the loss of an epoch. */
function checkSchedule(who: string, json: Json): void {
  const { watches } = at(who, "optimizer", "optimizerFrom", () => optimizerFrom(json as never));
  if (watches)
    throw new ValueError(
      `${who}: optimizer.learningRate expected a number or a schedule of steps, got ${watches.who}, which looks at the ${watches.monitor} of epochs`,
    );
}
