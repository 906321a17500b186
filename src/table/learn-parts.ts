import type { AbortSignalLike } from "../core/platform.js";
import type { Backend, Batch } from "../index.js";
import { type Block, type BlockSource, Blocks } from "./blocks.js";
import type { HeldRows } from "./held-rows.js";
import { Lockstep } from "./lockstep.js";
import {
  fitOptions,
  inUnit,
  type Learned,
  learnedFrom,
  lossesOf,
  memberModel,
  takeWeights,
  wholeModel,
} from "./net.js";
import type { TableRecipe } from "./recipe.js";

export interface LearnPartsOptions {
  readonly seed: number;
  /** Rows that are shuffled together. */
  readonly blockSize: number;
  readonly classWeights?: readonly number[] | undefined;
  readonly signal?: AbortSignalLike | undefined;
  /** Called with the number of rows that were read more. */
  readonly onRows: (rows: number) => void;
}

/**
 * Trains the networks of a recipe, as `learn` does, on a table that is read anew in each epoch: all networks
 * learn from a block of its rows before the next one is read.
 */
export async function learnParts(
  backend: Backend,
  source: BlockSource,
  held: HeldRows,
  recipe: TableRecipe,
  { seed, blockSize, classWeights, signal, onRows }: LearnPartsOptions,
): Promise<Learned> {
  const { encoding, predicted } = source;
  const blocks = new Blocks(source, blockSize, seed, onRows);
  const { width } = blocks;
  const lockstep = new Lockstep(() => blocks.next(), recipe.networks);
  const whole = wholeModel(backend, encoding, width, predicted, recipe, seed);
  // One network that fails ends the others.
  const failed = new AbortController();
  const signals = [failed.signal, ...(signal ? [signal as AbortSignal] : [])];
  const examples = held.examples();
  const train = async (network: number) => {
    const { inputs, places } = examples[network];
    const model = memberModel(backend, width, predicted, recipe, network, seed);
    try {
      const targets = places.map((place) => held.values[place]);
      const history = await model.fit(
        () => batchesOf(lockstep.read(), network, recipe.batchSize),
        fitOptions(predicted, recipe, {
          classWeights,
          signal: AbortSignal.any(signals),
          validationData: [inputs, learnedFrom(targets, predicted)],
        }),
      );
      takeWeights(whole, model);
      return { ...lossesOf(history, recipe), outputs: model.predict(inputs) };
    } catch (reason) {
      failed.abort(reason);
      throw reason;
    } finally {
      model.dispose();
      await lockstep.leave();
    }
  };
  const trained = await Promise.all(examples.map((_, network) => train(network)));
  const outputs = Float32Array.from(trained.flatMap(({ outputs }) => [...outputs]));
  return {
    model: whole,
    heldOut: { rows: examples.flatMap(({ places }) => places), outputs: inUnit(outputs, predicted) },
    epochs: trained.map(({ epochs }) => epochs),
    history: trained.map(({ history }) => history),
  };
}

/** What one network learns from blocks, in batches: each takes the memory of the one before. */
async function* batchesOf(
  blocks: AsyncIterable<Block>,
  network: number,
  size: number,
): AsyncGenerator<Batch, void, void> {
  let x = new Float32Array(0);
  let y: Float32Array | Int32Array = new Int32Array(0);
  let filled = 0;
  for await (const { width, inputs, targets, heldFrom, order } of blocks) {
    if (x.length === 0) {
      x = new Float32Array(size * width);
      y = targets instanceof Int32Array ? new Int32Array(size) : new Float32Array(size);
    }
    for (const row of order) {
      if (heldFrom[row] === network) continue;
      x.set(inputs.subarray(row * width, (row + 1) * width), filled * width);
      y[filled] = targets[row];
      filled++;
      if (filled < size) continue;
      yield [x, y];
      filled = 0;
    }
  }
  if (filled > 0) yield [x.subarray(0, (x.length / size) * filled), y.subarray(0, filled)];
}
