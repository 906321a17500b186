/**
 * What the search finds on a page of the API: the names, what they do, and the options. It leaves out what
 * every symbol has, such as parameters, and programs.
 */
export function searchable(source: string): string {
  let found = true;
  return source
    .replace(/^```[\s\S]*?^```$/gm, "")
    .split("\n")
    .filter((line) => {
      const isLabel = LABEL.test(line);
      if (isLabel) found = line === OPTIONS;
      else if (line.startsWith("#")) found = true;
      return found && !isLabel;
    })
    .join("\n");
}

/** A line such as **Parameters**, which begins a part of a symbol. */
const LABEL = /^\*\*[A-Z][A-Za-z ]*\*\*$/;

/** The properties of a type are its options. */
const OPTIONS = "**Properties**";
