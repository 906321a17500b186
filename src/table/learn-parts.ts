import type { Backend, Batch } from "../index.js";
import { type Block, type BlockSource, Blocks, type Cutting } from "./blocks.js";
import type { HeldRows } from "./held-rows.js";
import { Lockstep } from "./lockstep.js";
import { joined, type Learned, type LearnOptions, learnedFrom, learnOne } from "./net.js";
import type { TableRecipe } from "./recipe.js";

export interface LearnPartsOptions extends LearnOptions {
  readonly cutting: Cutting;
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
  options: LearnPartsOptions,
): Promise<Learned> {
  const { encoding, predicted } = source;
  const { seed, cutting, onRows } = options;
  const blocks = new Blocks(source, cutting, seed, onRows);
  const lockstep = new Lockstep(() => blocks.next(), recipe.networks);
  // One network that fails ends the others.
  const failed = new AbortController();
  const signals = [failed.signal, ...(options.signal ? [options.signal as AbortSignal] : [])];
  const signal = AbortSignal.any(signals);
  const examples = held.examples();
  const learned = await Promise.all(
    examples.map(async ({ inputs, places }, index) => {
      const targets = places.map((place) => held.values[place]);
      const data = {
        width: blocks.width,
        training: () => batchesOf(lockstep.read(), index, recipe.batchSize),
        validation: places.length > 0 ? ([inputs, learnedFrom(targets, predicted)] as const) : undefined,
      };
      try {
        return await learnOne(backend, data, predicted, recipe, index, { ...options, signal });
      } catch (reason) {
        failed.abort(reason);
        throw reason;
      } finally {
        await lockstep.leave();
      }
    }),
  );
  const places = examples.flatMap((example) => example.places);
  return joined(backend, encoding, predicted, recipe, learned, places, options);
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
