import { adamw, type Backend, type Model, Sequential } from "lanewise";
import { bytePairVocabulary, characterVocabulary, type Vocabulary } from "lanewise/text";
import { UsageError } from "./command.js";
import { grouped } from "./figures.js";
import { lackingText, readTextModel } from "./text-model.js";
import { textLayers } from "./text-net.js";
import { TextProgress } from "./text-progress.js";
import type { TextSettings } from "./text-settings.js";
import {
  batchesOf,
  type HeldOut,
  heldOutOf,
  knownText,
  roundOf,
  roundsOf,
  type TextParts,
} from "./text-windows.js";

/** Tokens of a vocabulary of byte pairs, of which 256 are the bytes. */
const BYTE_PAIRS = 1024;
const [WINDOW, LEAST_WINDOW] = [128, 8];
/** The part of a text that is held out, and the most tokens: these measure it well enough. */
const [HELD_OUT, MOST_HELD_OUT] = [0.1, 100_000];
/** Windows of a batch, and the batches that a pass over a short text has at least. */
const [BATCH, SMALLEST_BATCH, LEAST_BATCHES] = [32, 4, 16];
const LEARNING_RATE = 0.003;
/** Longer gradients are shortened: a step through many tokens may blow up. */
const CLIP = 1;
/** Where neither --minutes nor --epochs says when to end. */
export const MINUTES = 10;
/** Passes where only the time ends the training. */
const MANY = 100_000;
/** The patience of early stopping: both in rounds and in steps. */
const [PATIENT_ROUNDS, PATIENT_STEPS] = [5, 400];

/** A text as tokens, in two parts, and the network that learns from the first. */
export interface TextTask {
  readonly model: Model;
  readonly vocabulary: Vocabulary;
  readonly parts: TextParts;
  readonly learned: string;
  readonly heldOut: string;
  /** Undefined where nothing is held out. */
  readonly held: HeldOut | undefined;
}

/** What is to be learned, by what. Throws an Error for what does not fit together. */
export async function textTask(backend: Backend, settings: TextSettings, text: string): Promise<TextTask> {
  const start = settings.from === undefined ? undefined : await modelAt(backend, settings.from, settings);
  const vocabulary =
    start?.vocabulary ??
    (settings.tokens === "byte-pairs"
      ? bytePairVocabulary(text, { size: BYTE_PAIRS })
      : characterVocabulary(text));
  const { known, lacking } = knownText(vocabulary, text);
  if (lacking.length > 0)
    console.error(`left out, since ${settings.from} does not know them: ${lackingText(lacking)}`);
  const tokens = Uint32Array.from(vocabulary.encode(known));
  const parts = partsOf(tokens, settings, start?.model.inputShape[0]);
  const [learned, heldOut] = [tokens.subarray(0, parts.border), tokens.subarray(parts.border)].map((part) =>
    vocabulary.decode(part),
  );
  const model =
    start?.model ??
    new Sequential(backend, {
      inputShape: [parts.window],
      seed: settings.seed,
      layers: textLayers(vocabulary.size, settings.hidden ?? unitsFor(text.length), settings.dropout),
      metadata: { vocabulary: JSON.stringify(vocabulary) },
    });
  return { model, vocabulary, parts, learned, heldOut, held: heldOutOf(parts) };
}

/** The model of --from. Throws a UsageError for options that it has decided. */
async function modelAt(backend: Backend, path: string, { hidden, tokens, window }: TextSettings) {
  const read = await readTextModel(backend, path);
  const asked = { hidden, tokens, window };
  const decided = Object.entries(asked).find(([, value]) => value !== undefined);
  if (decided) throw new UsageError(`--${decided[0]} is decided by --from ${path}: leave it out`);
  return read;
}

/** What is learned from and what is held out. */
function partsOf(
  tokens: Uint32Array,
  { data, validation, window: asked }: TextSettings,
  known: number | undefined,
): TextParts {
  const kept =
    validation === undefined
      ? Math.min(Math.floor(HELD_OUT * tokens.length), MOST_HELD_OUT)
      : Math.round(validation * tokens.length);
  const border = tokens.length - kept;
  const most = Math.min(border - 1, ...(kept > 0 ? [kept - 1] : []));
  const window = known ?? asked ?? Math.min(WINDOW, most);
  if (window > most || window < LEAST_WINDOW)
    throw new Error(
      `${data}: expected a text with windows of ${Math.max(window, LEAST_WINDOW)} tokens in what is learned from and in what is held out, got ${grouped(border)} and ${grouped(kept)} tokens; a smaller --window, another --validation or a longer text helps`,
    );
  return { tokens, border, window };
}

/** What came of a training. */
export interface TaughtText {
  /** Bits a held-out character, of the model as it is kept. */
  readonly bits: number | undefined;
  /** Passes over the text, whole or begun. */
  readonly passes: number;
  readonly bestPass: number | undefined;
  readonly seconds: number;
  readonly tokensPerSecond: number;
  readonly isInterrupted: boolean;
}

/** Trains the model, and shows how; `sample` is what it writes meanwhile. */
export async function teach(
  { model, vocabulary, parts, held, learned }: TextTask,
  settings: TextSettings,
  sample: () => Promise<string>,
): Promise<TaughtText> {
  const { epochs, seed, weightDecay, learningRate = LEARNING_RATE } = settings;
  const minutes = settings.minutes ?? (epochs === undefined ? MINUTES : undefined);
  const batchSize = settings.batchSize ?? batchFor(parts);
  const rounds = roundsOf(parts);
  const batches = Math.ceil(batchesOf(parts, batchSize) / rounds);
  const perCharacter = (tokens: Uint32Array, text: string) => tokens.length / [...text].length / Math.LN2;
  const ofLearned = perCharacter(parts.tokens.subarray(0, parts.border), learned);
  const ofHeld = held ? held.factor * perCharacter(held.scored, vocabulary.decode(held.scored)) : 1;
  const bits = { learned: (loss: number) => loss * ofLearned, heldOut: (loss: number) => loss * ofHeld };
  const progress = new TextProgress({
    ...{ rounds, batches, window: parts.window, passes: epochs, minutes, learningRate, bits, sample },
  });
  let round = 0;
  try {
    const history = await model.fit(() => roundOf(parts, batchSize, { round: round++, rounds, seed }), {
      loss: "softmaxCrossEntropy",
      optimizer: adamw({ learningRate, weightDecay, clipNorm: CLIP }),
      epochs: rounds * (epochs ?? MANY),
      ...(held && {
        validationData: held.data,
        earlyStopping: { patience: Math.max(PATIENT_ROUNDS, Math.ceil(PATIENT_STEPS / batches)) },
      }),
      callbacks: [progress],
    });
    const { bestEpoch } = history;
    const best = bestEpoch === undefined ? undefined : history.epochs[bestEpoch - 1].validationLoss;
    return {
      bits: best === undefined ? undefined : bits.heldOut(best),
      passes: Math.ceil(history.epochs.length / rounds),
      bestPass: bestEpoch && Math.ceil(bestEpoch / rounds),
      seconds: progress.seconds,
      tokensPerSecond: progress.tokensPerSecond,
      isInterrupted: progress.isInterrupted,
    };
  } finally {
    progress.stop();
  }
}

/** Windows of a batch: fewer for a short text, which has few. */
function batchFor({ border, window }: TextParts): number {
  const windows = (border - 1) / window;
  let size = BATCH;
  while (size > SMALLEST_BATCH && windows / size < LEAST_BATCHES) size /= 2;
  return size;
}

/** Characters from which a text teaches a larger network something. */
const LONG = 200_000;
const [SMALL, LARGE] = [128, 192];

/** The units of the layers, by how long the text is. */
export const unitsFor = (characters: number): number[] => [characters < LONG ? SMALL : LARGE];
