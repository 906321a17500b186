/** Something that is wrong with a table: the first place of its kind, and how many more there are. */
export interface Problem {
  /** What was expected and what came, in a sentence. */
  readonly message: string;
  /** The line of the file where it is first so, counted from 1. */
  readonly line?: number;
  /** How many places have it. */
  readonly count: number;
  /** What mends it. */
  readonly remedy?: string;
}

/** Problems that a message lists; an error has all of them. */
const LISTED = 12;

/**
 * A table that cannot be read or learned from, with everything that is wrong with it.
 *
 * @example
 * try {
 *   await readTable("a,b\n1,2\n3\n");
 * } catch (error) {
 *   if (error instanceof TableError) console.log(error.problems[0].line); // 3
 * }
 */
export class TableError extends Error {
  static {
    TableError.prototype.name = "TableError";
    Object.defineProperty(TableError, "name", { value: "TableError" });
  }

  readonly problems: readonly Problem[];

  constructor(who: string, table: string, problems: readonly Problem[], options?: ErrorOptions) {
    const lines = problems.slice(0, LISTED).map(({ message, line, count, remedy }) => {
      const place = line === undefined ? "" : `line ${line}: `;
      const more = count > 1 ? ` (and ${count - 1} more such)` : "";
      return `${place}${message}${more}${remedy === undefined ? "" : `; ${remedy}`}`;
    });
    if (problems.length > LISTED) lines.push(`${problems.length - LISTED} other problems`);
    const text =
      problems.length === 1
        ? lines[0]
        : `${problems.length} problems\n${lines.map((line) => `- ${line}`).join("\n")}`;
    super(`${who}: ${table}: ${text}`, options);
    this.problems = problems;
  }
}

/** Collects problems: the first place of each kind, and how often it is so. */
export class Problems {
  private readonly found = new Map<string, Problem>();

  get isEmpty(): boolean {
    return this.found.size === 0;
  }

  add(kind: string, message: string, { line, remedy }: { line?: number; remedy?: string } = {}): void {
    const known = this.found.get(kind);
    this.found.set(kind, {
      ...(known ?? { message, ...(line !== undefined && { line }), ...(remedy && { remedy }) }),
      count: (known?.count ?? 0) + 1,
    });
  }

  /** @throws TableError if there are any */
  throwAny(who: string, table: string): void {
    if (this.found.size > 0) throw new TableError(who, table, [...this.found.values()]);
  }
}
