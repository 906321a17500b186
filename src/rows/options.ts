import { checkCount, checkNumber, checkOptions, checkTruth, show } from "../core/check.js";
import type { Encoding } from "../encoding/encoding.js";
import { ValueError } from "../index.js";
import type { FileReading } from "./reading.js";

/** The options of every function that reads rows of a file. */
export interface ReadFileOptions {
  /** The first row that is read, counted from 0. Default 0. */
  from?: number;
  /** The row before which reading ends. Default: all. */
  to?: number;
  /** A label of the Encoding Standard, for CSV. Default UTF-8. */
  encoding?: string;
  /** The character between the cells of CSV. Default: found from the first lines. */
  delimiter?: string;
  /** What lines of CSV begin with that are no rows. Default: # if all such lines come before the header. */
  comment?: string;
  /**
   * Whether a thread reads, while the program works on what was read before. Default true. Programs that run
   * in threads of their own may leave it out.
   */
  thread?: boolean;
}

/** The names of these options. */
export const READ_OPTIONS = ["from", "to", "encoding", "delimiter", "comment", "thread"] as const;

/** @throws ValueError for a path that is no text, and for options that are unknown or out of range */
export function checkReading(
  who: string,
  path: unknown,
  options: ReadFileOptions | undefined,
  others: readonly string[],
): void {
  if (typeof path !== "string") throw new ValueError(`${who} expected the path of a file, got ${show(path)}`);
  checkOptions(who, options ?? null, [...others, ...READ_OPTIONS]);
  const { from = 0, to, thread = true } = options ?? {};
  checkCount(who, "from", from, 0);
  if (to !== undefined) checkNumber(who, "to", to, from);
  checkTruth(who, "thread", thread);
}

/** What a task is told of how the file is read. */
export function readingOf({ encoding, delimiter, comment }: ReadFileOptions): FileReading {
  return {
    ...(encoding !== undefined && { encoding }),
    ...(delimiter !== undefined && { delimiter }),
    ...(comment !== undefined && { comment }),
  };
}

/** @throws ValueError for what is neither an encoding nor a list of different names, one at least */
export function checkInputs(who: string, what: string, inputs: unknown): void {
  if (Array.isArray(inputs)) checkColumnNames(who, what, inputs);
  else if (!Array.isArray((inputs as Encoding | undefined)?.columns))
    throw new ValueError(
      `${who} expected ${what} to be names of columns or an encoding, such as that of a model, got ${show(inputs)}`,
    );
}

/** @throws ValueError */
export function checkColumnNames(who: string, what: string, names: readonly unknown[], least = 1): void {
  const wrong = names.find((name, i) => typeof name !== "string" || names.indexOf(name) < i);
  if (names.length < least || wrong !== undefined)
    throw new ValueError(
      `${who} expected ${what} to be different names of columns${least > 0 ? ", one at least" : ""}, got ${show(wrong ?? names)}`,
    );
}
