import { DIGIT_PIXELS, DIGIT_SIDE, digitImages, loadDigitImages, MOST_INK } from "./digit-images.js";
import { testCount } from "./points.js";
import { uniformNumbers } from "./random.js";
import { Refusal, type Samples, type Scene, shown } from "./scene.js";

/** Handwritten digits, and those that somebody has drawn and named. */

export interface OwnDigit {
  readonly label: number;
  /** 64 pixels from 0 to 16. */
  readonly image: Uint8Array;
}

export interface DigitsData {
  readonly own: readonly OwnDigit[];
}

export const MOST_OWN = 24;
/** How often a drawn digit is repeated: one among 1,400 samples would hardly count. */
export const OWN_COPIES = 10;
const CLASSES = 10;
/** Pixels from 0 to 16 in a link. */
const INK = "0123456789abcdefg";

const features = Array.from({ length: DIGIT_PIXELS }, (_, i) => `p${i}`);

/** Image order that puts every writer into both the training and the test samples. */
function shuffledOrder(count: number): Uint32Array {
  const uniform = uniformNumbers(1);
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

function samplesOf(inputs: readonly number[], digits: readonly OwnDigit[]): Samples {
  const x = new Float32Array(digits.length * inputs.length);
  const y = new Float32Array(digits.length * CLASSES);
  for (const [row, { label, image }] of digits.entries()) {
    for (const [i, pixel] of inputs.entries()) x[row * inputs.length + i] = image[pixel] / MOST_INK;
    y[row * CLASSES + label] = 1;
  }
  return { rows: digits.length, x, y };
}

export const digits: Scene<DigitsData> = {
  title: "Digits",
  defaults: {
    data: { own: [] },
    test: 0.2,
    inputs: features,
    convolutions: [],
    layers: [{ units: 64, activation: "relu" }],
    optimizer: "adam",
    rate: 0.003,
    batch: 32,
    epochs: 20,
    loss: "crossEntropy",
    l2: 0.001,
    dropout: 0,
    patience: 0,
    seed: 7,
    changes: [],
  },
  features,
  limits: { layers: 8, units: 96 },
  image: { side: DIGIT_SIDE, limits: { layers: 2, units: 16 } },
  map: "none",
  takes: (inputs) => `${inputs.length} pixels from 0 for paper to 1 for ink, row by row`,
  labels: Array.from({ length: CLASSES }, (_, digit) => String(digit)),
  load: loadDigitImages,

  encode: ({ own }) =>
    own.map(({ label, image }) => label + Array.from(image, (ink) => INK[ink]).join("")).join(","),

  decode(text) {
    if (text === "") return { own: [] };
    const words = text.split(",");
    if (words.length > MOST_OWN)
      throw new Refusal(`A link holds at most ${MOST_OWN} drawn digits, not ${words.length}.`);
    return {
      own: words.map((word) => {
        if (!/^[0-9][0-9a-g]{64}$/.test(word))
          throw new Refusal(`A drawn digit is its name and 64 pixels from 0 to g, not "${shown(word)}".`);
        return {
          label: Number(word[0]),
          image: Uint8Array.from(word.slice(1), (ink) => INK.indexOf(ink)),
        };
      }),
    };
  },

  inWords: ({ own }) =>
    `1,797 handwritten digits${own.length > 0 ? ` and ${own.length} drawn by hand, ${OWN_COPIES} times each` : ""}`,

  outputs: () => ({ kind: "classes", count: CLASSES }),

  samples({ data, inputs, test }) {
    const { count, pixels, labels } = digitImages();
    const given = inputs.map((name) => features.indexOf(name));
    const all = Array.from(shuffledOrder(count), (i) => ({
      label: labels[i],
      image: pixels.subarray(i * DIGIT_PIXELS, (i + 1) * DIGIT_PIXELS),
    }));
    const known = count - testCount(count, test);
    const own = (data as DigitsData).own.flatMap((digit) => Array<OwnDigit>(OWN_COPIES).fill(digit));
    return {
      training: samplesOf(given, [...all.slice(0, known), ...own]),
      test: samplesOf(given, all.slice(known)),
    };
  },

  grid: () => new Float32Array(),
};
