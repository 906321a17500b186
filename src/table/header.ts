/** The names of a table's columns, each of them different. */
export interface Header {
  readonly columns: readonly string[];
  /** A sentence about each name that was made up. */
  readonly notes: readonly string[];
  /** Columns that had no name. */
  readonly unnamed: readonly string[];
}

/**
 * Gives each column a name of its own. A column without a name is called by its position: column1. The second
 * column called x is called x_2, the third x_3. A name that stands in the header stays with the first column
 * that has it.
 */
export function headerFrom(names: readonly string[]): Header {
  const taken = new Set(names);
  const seen = new Set<string>();
  const unnamed: string[] = [];
  const notes: string[] = [];
  const columns = names.map((written, i) => {
    // A name of spaces counts as none.
    const name = written.trim() === "" ? "" : written;
    if (name !== "" && !seen.has(name)) {
      seen.add(name);
      return name;
    }
    let number = name === "" ? i + 1 : 2;
    const candidate = () => (name === "" ? `column${number}` : `${name}_${number}`);
    while (taken.has(candidate())) number++;
    const made = candidate();
    taken.add(made);
    if (name === "") unnamed.push(made);
    else notes.push(`column ${i + 1} has the name ${name} again: it is called ${made} here`);
    return made;
  });
  if (unnamed.length > 0)
    notes.push(
      unnamed.length === 1
        ? `column ${columns.indexOf(unnamed[0]) + 1} has no name: it is called ${unnamed[0]} here`
        : `${unnamed.length} columns have no name: they are called ${unnamed.join(", ")} here`,
    );
  return { columns, notes, unnamed };
}
