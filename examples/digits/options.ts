import type { ArgsDef, ParsedArgs } from "citty";
import { UsageError } from "../../cli/command.js";
import { positive, text, wholeNumber } from "../../cli/options.js";

export const options = {
  data: {
    type: "string",
    valueHint: "DIR",
    description: "learn the MNIST files in this folder instead of the small digits",
  },
  folds: {
    type: "string",
    valueHint: "N",
    description: "cross-validate over N folds of the small digits instead",
  },
  epochs: {
    type: "string",
    valueHint: "N",
    description: "times that training goes through all images (30, with --data 10)",
  },
  "batch-size": { type: "string", valueHint: "N", description: "images a step (32, with --data 64)" },
  "learning-rate": { type: "string", valueHint: "X", description: "learning rate of Adam (0.001)" },
  save: {
    type: "string",
    valueHint: "FILE",
    description: "write the trained model to this file, as safetensors",
  },
  seed: {
    type: "string",
    valueHint: "N",
    description: "decides the held-out images, the initial weights and the shuffles (1)",
  },
} as const satisfies ArgsDef;

/** What the options say, with the defaults of the data that they pick. */
export interface Settings {
  readonly data?: string;
  readonly folds?: number;
  /** Where the trained model goes. */
  readonly save?: string;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
  /** Units of the hidden layers. */
  readonly hidden: readonly number[];
}

/** Throws a UsageError that names the option. */
export function readSettings(args: ParsedArgs<typeof options>): Settings {
  const data = text("data", args.data);
  const folds = wholeNumber("folds", args.folds, 2);
  if (data !== undefined && folds !== undefined)
    throw new UsageError(
      "--folds divides the small digits and does not go with --data, which has a test set",
    );
  const save = text("save", args.save);
  if (save !== undefined && folds !== undefined)
    throw new UsageError("--save writes one model and does not go with --folds, which trains several");
  const defaults =
    data === undefined
      ? { epochs: 30, batchSize: 32, hidden: [64] }
      : { epochs: 10, batchSize: 64, hidden: [128, 64] };
  return {
    data,
    folds,
    save,
    epochs: wholeNumber("epochs", args.epochs, 1) ?? defaults.epochs,
    batchSize: wholeNumber("batch-size", args["batch-size"], 1) ?? defaults.batchSize,
    learningRate: positive("learning-rate", args["learning-rate"]) ?? 1e-3,
    seed: wholeNumber("seed", args.seed, 0) ?? 1,
    hidden: defaults.hidden,
  };
}
