import { Problems } from "../table/table-error.js";
import { columnOf, numbersInto, type Range } from "./sample-rows.js";

/** What is to be predicted: numbers of some columns, or the class of one, whose cells are among `labels`. */
export interface TargetColumns {
  readonly names: readonly string[];
  readonly labels: readonly string[] | undefined;
}

/**
 * The targets of some rows: [rows, names] of numbers, or the index of each class. @throws TableError with
 * every value that is no target, and its line
 */
export function targetsOf(
  who: string,
  path: string,
  { names, labels }: TargetColumns,
  range: Range,
): Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> {
  const problems = new Problems();
  const count = range.to - range.from;
  const out = labels ? new Int32Array(count) : new Float32Array(count * names.length);
  if (out instanceof Float32Array)
    names.forEach((name, at) => {
      numbersInto(out.subarray(at), names.length, name, range, problems);
    });
  else {
    const places = new Map(labels?.map((label, i) => [label, i]));
    const column = columnOf(range.rows, names[0]);
    for (let i = 0; i < count; i++) {
      const text = column.text(range.from + i);
      const place = places.get(text);
      if (place !== undefined) out[i] = place;
      else addUnknown(problems, names[0], text, range.rows.lineOf(range.from + i), labels ?? []);
    }
  }
  problems.throwAny(who, path);
  return out;
}

function addUnknown(
  problems: Problems,
  name: string,
  text: string,
  line: number,
  labels: readonly string[],
): void {
  const known = `${labels.slice(0, 10).join(", ")}${labels.length > 10 ? " or another label" : ""}`;
  problems.add(name, `column ${name}: expected ${known}, got ${JSON.stringify(text)}`, { line });
}
