import type { FindColumnsOptions } from "../../table/columns.js";
import type { ReadTableOptions } from "../../table/read.js";
import type { Json } from "../canonical.js";

/** JSON in which values may be searches: `{ choice }`, `{ uniform }`, `{ logUniform }` or `{ integers }`. */
export type Searched = string | object | null;

/** A data file as a run has it: by what it holds. */
export interface FileHash {
  /** The SHA-256 of its bytes, in hexadecimal digits. */
  readonly sha256: string;
  /** What it is called in messages. */
  readonly name: string;
}

type Reading = Pick<
  ReadTableOptions,
  "format" | "encoding" | "delimiter" | "comment" | "columnNames" | "badRows"
>;

/** A table: which column is to be learned, and how it is read, as `readTable` and `findColumns` take it. */
export interface TableData<File = string> extends Reading, FindColumnsOptions {
  /** The path of a CSV or JSON file. */
  readonly file: File;
  /** The column to learn to predict. */
  readonly target: string;
}

/** Images and their classes as IDX files, such as those of MNIST. */
export interface ImageData<File = string> {
  readonly images: File;
  readonly labels: File;
}

/** How trials are chosen. */
export type Strategy =
  | "grid"
  | { readonly random: number }
  | { readonly halving: { readonly trials: number; readonly factor?: number } };

/** What all programs that train on data take. */
export interface TrainingSpec<File = string> {
  readonly data: TableData<File> | ImageData<File>;
  /** Any safe integer, on which folds, draws and weights depend. Default 1. */
  readonly seed?: number;
  /**
   * The network, as `modelFrom` takes it, without the shape of its inputs. The layer "output" stands for the
   * one that the target asks for: of classes a dense layer of their number, of values one of one unit.
   * Default: two dense layers of 64 with relu, and "output".
   */
  readonly model?: Searched;
  /** As `optimizerFrom` takes it. Default "adamw". */
  readonly optimizer?: Searched;
  /** As `lossFrom` takes it. Default softmaxCrossEntropy for classes, meanSquaredError for values. */
  readonly loss?: Searched;
  /**
   * How long and in which batches to train: epochs, batchSize, accumulate, shuffle, validationSplit,
   * earlyStopping, classWeights. Early stopping holds out a part of the training rows, a fifth by default.
   */
  readonly fit?: Searched;
}

/** What a sweep tries, as JSON. */
export interface SweepSpec<File = string> extends TrainingSpec<File> {
  /** How many parts the rows are cut into: each trial is trained once for each. Default 3. */
  readonly folds?: number;
  /** What trials are compared by: "loss" or a metric as `metricFrom` takes it. Default "loss". */
  readonly metric?: string | object;
  /** Default "grid", all combinations. */
  readonly strategy?: Strategy;
  /** Whether the best is trained on all rows at the end. Default true. */
  readonly refit?: boolean;
}

/** A spec with its defaults, whose files are known by their bytes. */
export type Checked<Spec> = { readonly [Key in keyof Spec]-?: Spec[Key] };

/** What is searched in. */
export const PARTS = ["model", "optimizer", "loss", "fit"] as const;
export type Part = (typeof PARTS)[number];

/** What one training is made of. */
export type Parts = { readonly [Name in Part]?: Json };
