import type { Backend, Model, Optimizer } from "lanewise";
import type { Vocabulary } from "lanewise/text";
import type { Library } from "./library.js";
import { type TextLayer, textLayers } from "./model.js";
import { inTurn, type RateChange, rateAt, type TextRecipe } from "./recipe.js";
import { offsetOf, type Windows, windowsOf } from "./windows.js";

/** Resolves when the next batch may run. It decides how long a run takes, never its result. */
export type NextBatch = () => Promise<unknown>;

/** How far a run had come when it was left. */
export interface TextBegun {
  readonly layers: readonly TextLayer[];
  readonly model: Model;
  readonly optimizer: Optimizer;
  readonly epoch: number;
  readonly batch: number;
  /** Bits a character of each epoch. */
  readonly losses: readonly number[];
}

const BIT = Math.LN2;

/** A model of characters in training. */
export class TextLearner {
  readonly layers: readonly TextLayer[];
  readonly model: Model;
  readonly vocabulary: Vocabulary;
  readonly tokens: readonly number[];
  /** Tokens that it learns; the rest is the test. */
  readonly known: number;
  /** Mean bits a character of each epoch, until somebody takes them out. */
  readonly losses: number[];
  /** Bits a character of the text that it does not learn. Undefined without one. */
  testBits: number | undefined;
  epoch: number;
  batch: number;
  private readonly optimizer: Optimizer;
  private readonly test: Windows;
  private readonly changes: readonly RateChange[];
  private readonly made: RateChange[];

  /** @throws Error for a text that is too short for the steps */
  constructor(
    library: Library,
    readonly backend: Backend,
    readonly recipe: TextRecipe,
    text: string,
    resume?: (layers: readonly TextLayer[]) => Omit<TextBegun, "layers"> | undefined,
  ) {
    const { steps, test, seed, optimizer, rate } = recipe;
    this.vocabulary = library.text.characterVocabulary(text);
    this.tokens = this.vocabulary.encode(text);
    this.known = this.tokens.length - Math.floor(this.tokens.length * test);
    if (this.known <= steps)
      throw new Error(
        `The text is too short: of its ${this.tokens.length} characters ${this.known} are learned, and the model sees ${steps} at once. Choose fewer steps, or a longer text.`,
      );
    this.test = windowsOf(this.tokens.slice(this.known), steps);
    this.layers = textLayers(library, recipe, this.vocabulary.size);
    const begun = resume?.(this.layers);
    this.model =
      begun?.model ??
      new library.lanewise.Sequential(backend, {
        inputShape: [steps],
        seed,
        layers: this.layers.map(({ layer }) => layer),
        metadata: { vocabulary: JSON.stringify(this.vocabulary) },
      });
    this.optimizer = begun?.optimizer ?? library.lanewise[optimizer]({ learningRate: rate });
    this.epoch = begun?.epoch ?? 0;
    this.batch = begun?.batch ?? 0;
    this.losses = [...(begun?.losses ?? [])];
    this.changes = inTurn(recipe.changes);
    this.made = this.changes.filter(
      ({ epoch, batch }) => epoch < this.epoch || (epoch === this.epoch && batch <= this.batch),
    );
    this.arrive();
    this.evaluate();
  }

  get isDone(): boolean {
    return this.epoch >= this.recipe.epochs;
  }

  get hasBegun(): boolean {
    return this.epoch > 0 || this.batch > 0;
  }

  /** The recipe without the changes that are still to come. */
  get recipeSoFar(): TextRecipe {
    return { ...this.recipe, changes: this.made };
  }

  /** Characters trained on since the beginning. */
  get characters(): number {
    const { epoch, batch, known, recipe } = this;
    return epoch * known + Math.min(known, batch * recipe.batch * recipe.steps);
  }

  /** Trains to the end. @throws the signal's reason, or NonFiniteError if the numbers diverge */
  async run(next: NextBatch, signal: AbortSignal): Promise<void> {
    const { model, optimizer, recipe, known } = this;
    const { steps, batch: batchSize } = recipe;
    const learned = this.tokens.slice(0, known);
    while (!this.isDone) {
      await next();
      signal.throwIfAborted();
      const { epoch: begin } = this;
      const { x, y, rows } = windowsOf(learned, steps, offsetOf(begin, known, steps));
      await model.fit(x, y, {
        loss: "softmaxCrossEntropy",
        optimizer,
        batchSize,
        initialEpoch: begin,
        epochs: begin + 1,
        signal,
        onBatchEnd: async ({ batch }) => {
          if (batch * batchSize >= rows) return;
          this.batch = batch;
          this.arrive();
          await next();
        },
        onEpochEnd: ({ epoch, loss }) => {
          this.losses.push(loss / BIT);
          this.epoch = epoch;
          this.batch = 0;
        },
      });
      this.arrive();
      this.evaluate();
    }
  }

  /** Changes the rate here, between two batches. Returns the change as the recipe keeps it. */
  changeRate(rate: number): RateChange {
    const change = { epoch: this.epoch, batch: this.batch, rate };
    this.optimizer.learningRate = rate;
    this.made.push(change);
    return change;
  }

  /** All that a run needs to go on, once it has begun. */
  checkpoint(): Uint8Array {
    return this.model.checkpoint(this.optimizer);
  }

  /** The SHA-256 of the weights. Undefined in an insecure context, where browsers have no SHA-256. */
  async hash(): Promise<string | undefined> {
    return crypto.subtle === undefined ? undefined : this.model.weightsDigest();
  }

  dispose(): void {
    this.model.dispose();
  }

  /** Makes the changes of the recipe that are due. */
  private arrive(): void {
    const { epoch, batch, recipe } = this;
    const due = this.changes.filter((change) => change.epoch === epoch && change.batch === batch);
    if (due.length === 0) return;
    this.optimizer.learningRate = rateAt(recipe, { epoch, batch });
    this.made.push(...due.filter((change) => !this.made.includes(change)));
  }

  private evaluate(): void {
    const { x, y, rows } = this.test;
    this.testBits =
      rows === 0 ? undefined : this.model.evaluate(x, y, { loss: "softmaxCrossEntropy" }).loss / BIT;
  }
}

/** A run to its end, with its hash. */
export async function learnText(
  library: Library,
  backend: Backend,
  recipe: TextRecipe,
  text: string,
): Promise<{ hash: string | undefined; losses: readonly number[]; testBits: number | undefined }> {
  const learner = new TextLearner(library, backend, recipe, text);
  try {
    await learner.run(async () => {}, new AbortController().signal);
    return { hash: await learner.hash(), losses: learner.losses, testBits: learner.testBits };
  } finally {
    learner.dispose();
  }
}
