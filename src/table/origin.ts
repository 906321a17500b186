import type { Table } from "./table.js";
import type { TargetFinding } from "./target.js";

/** What a model's metadata say about the table that it was trained on. */
interface Origin {
  readonly rows: number;
  /** The hash of what the table was read from. */
  readonly sha256?: string;
  /** The best prediction without any column: the shares of the classes, or the mean. */
  readonly baseline: readonly number[];
}

type Metadata = Readonly<Record<string, string>> | undefined;

/** The metadata of a model that is trained on a table; baseline: what is best predicted without any column. */
export function originOf(
  { rows, sha256 }: Pick<Table, "rows" | "sha256">,
  { name, task }: TargetFinding,
  baseline: readonly number[],
): Record<string, string> {
  const origin: Origin = { rows, ...(sha256 && { sha256 }), baseline };
  return { target: name, task, table: JSON.stringify(origin) };
}

/** Whether a model's metadata name a table, by the hash of what it was read from. */
export const isTrainedOn = (metadata: Metadata, { sha256 }: Table): boolean =>
  sha256 !== undefined && originIn(metadata)?.sha256 === sha256;

/**
 * What the best prediction without any column gives for a number of rows, [rows, width]; undefined if a
 * model's metadata do not say it.
 */
export function rememberedBaseline(metadata: Metadata, rows: number, width: number): number[] | undefined {
  const baseline = originIn(metadata)?.baseline;
  const isRight =
    Array.isArray(baseline) && baseline.length === width && baseline.every((each) => Number.isFinite(each));
  return isRight ? new Array<number[]>(rows).fill(baseline).flat() : undefined;
}

function originIn(metadata: Metadata): Partial<Origin> | undefined {
  try {
    return JSON.parse(metadata?.table ?? "null") ?? undefined;
  } catch {
    // Text of the user's own.
    return undefined;
  }
}
