import type { ColumnImportance, CrossValidation, TableEvaluation, TableReport } from "lanewise/table";
import type { TestedFile } from "./evidence.js";

/** All that a page is made of. */
export interface ReportInput {
  /** The name of the file that was trained on. */
  readonly title: string;
  /** The hash of that file. */
  readonly sha256?: string;
  /** The version of lanewise. */
  readonly version: string;
  /** The command line, to be run again. */
  readonly command?: string;
  /** How long training took. */
  readonly seconds: number;
  readonly variant: string;
  readonly seed: number;
  readonly trained: TableReport;
  /** The scores of folds, of a test file, and of rows that were kept back, where there are such. */
  readonly validation?: CrossValidation;
  readonly tested?: TestedFile;
  readonly kept?: TableEvaluation;
  readonly importance: readonly ColumnImportance[];
  /** Which rows importance was measured on, within a sentence: "the test file". */
  readonly importanceOf: string;
  /** Sentences about what may make the model better. Those of `trained` and `validation` are added. */
  readonly notes: readonly string[];
  readonly model: {
    readonly path: string;
    readonly bytes: number;
    readonly parameters: number;
    /** The hash of its weights. */
    readonly sha256: string;
  };
}
