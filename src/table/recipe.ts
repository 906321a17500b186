/**
 * How the networks of a table are trained. The defaults were chosen by cross-validation on tables of 170 to
 * 3,000 rows: `npm run bench:tables`.
 */
export interface TableRecipe {
  /** Units of the hidden layers. */
  readonly hidden: readonly number[];
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly dropout: number;
  /** How many networks are averaged. Each stops early on rows of its own, and learns from the others. */
  readonly networks: number;
  /** The most epochs that a network is trained for. */
  readonly epochs: number;
  /** A network stops after this many epochs without a smaller loss on its held-out rows. */
  readonly patience: number;
  readonly batchSize: number;
}

/** Passes of samples through networks, over all epochs and networks, that a large table takes at most. */
const MOST_SAMPLES = 2e7;
/** With fewer rows none are spared for early stopping. */
export const FEW_ROWS = 20;

/** The recipe for a number of rows. */
export function recipeFor(rows: number): TableRecipe {
  const networks = rows < FEW_ROWS ? 3 : rows < 1500 ? 8 : rows < 50_000 ? 5 : 3;
  const epochs = Math.max(3, Math.min(150, Math.floor(MOST_SAMPLES / (rows * networks))));
  return {
    hidden: [64, 64],
    learningRate: 0.003,
    weightDecay: 0.1,
    dropout: 0.1,
    networks,
    epochs: rows < FEW_ROWS ? 100 : epochs,
    patience: Math.max(2, Math.floor(epochs / 10)),
    batchSize: rows < 500 ? 16 : rows < 1500 ? 32 : rows < 20_000 ? 64 : 256,
  };
}
