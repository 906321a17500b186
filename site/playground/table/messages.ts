import type { Encoding } from "lanewise";
import type {
  ColumnFinding,
  ColumnImportance,
  ColumnKind,
  CrossValidation,
  Problem,
  TableReport,
  Task,
} from "lanewise/table";

/** What decides the weights of a table's model, beside the file. */
export interface Choice {
  readonly target: string;
  readonly task?: Task;
  readonly ignore: readonly string[];
  readonly columns: Readonly<Record<string, ColumnKind>>;
  readonly balanced: boolean;
  readonly seed: number;
}

export type TableOrder =
  | { readonly kind: "open"; readonly file: Blob; readonly name: string }
  /** Finds out anew what columns are. */
  | { readonly kind: "find"; readonly choice: Choice }
  | { readonly kind: "train"; readonly choice: Choice }
  | { readonly kind: "predict"; readonly record: Readonly<Record<string, string>> };

/** A table that was read. */
export interface OpenedTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: number;
  /** The first rows. */
  readonly records: readonly Readonly<Record<string, string>>[];
  /** What was read in another way than it was written. */
  readonly notes: readonly string[];
}

/** What a table's columns are, and what is predicted. */
export interface FoundColumns {
  readonly columns: readonly ColumnFinding[];
  readonly task: Task;
  readonly reason: string;
}

/** A column of the form that asks for a prediction: the values of categories to choose from. */
export interface FormField {
  readonly name: string;
  readonly kind: Encoding["columns"][number]["kind"];
  readonly choices?: readonly string[];
}

export interface Trained {
  readonly report: TableReport;
  readonly labels: readonly string[] | undefined;
  readonly importance: readonly ColumnImportance[];
  readonly form: readonly FormField[];
  /** The model's file, and the SHA-256 of its weights, which an insecure context does not have. */
  readonly file: Uint8Array;
  readonly hash: string | undefined;
  readonly parameters: number;
  readonly seconds: number;
}

export type TableNotice =
  | {
      readonly kind: "opened";
      readonly table: OpenedTable;
      readonly choice: Choice;
      readonly found: FoundColumns;
    }
  | { readonly kind: "found"; readonly found: FoundColumns }
  | { readonly kind: "progress"; readonly stage: "training" | "folds"; readonly done: number }
  | { readonly kind: "trained"; readonly trained: Trained; readonly validates: boolean }
  | { readonly kind: "validated"; readonly validation: CrossValidation }
  /** The probabilities of the labels, or a value. */
  | { readonly kind: "predicted"; readonly outputs: Float32Array }
  | {
      readonly kind: "failed";
      readonly during: TableOrder["kind"];
      readonly message: string;
      /** Everything that is wrong with the table, where it is that. */
      readonly problems: readonly Problem[];
    };
