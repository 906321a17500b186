/**
 * What the search finds on a page of the API: the names, what they do, and the options. It leaves out what
 * every symbol has, such as parameters, and programs.
 */
export function searchable(source: string): string {
  let found = true;
  const lines = source
    .replace(/^```[\s\S]*?^```$/gm, "")
    .split("\n")
    .filter((line) => {
      const isHeading = /^#+ /.test(line);
      if (isHeading) found = isNamed(line);
      // A heading that is left out would have its text counted to the symbol: that of options is meant to be.
      return found && !(isHeading && line.endsWith(" Properties"));
    });
  return lines.join("\n");
}

/** Symbols have anchors. The properties of a type are its options. */
const isNamed = (heading: string): boolean => /\{#[^}]*\}$/.test(heading) || heading.endsWith(" Properties");
