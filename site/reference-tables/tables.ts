import type { ArgDef, ArgsDef } from "citty";
import type { Documented, Sources } from "./sources.js";

/**
 * What a page asks for between <!-- KIND: NAMES --> and <!-- end -->:
 *
 * - functions: dense, conv2d    a row for each function or class
 * - about: AdamOptions          the docstring of an interface
 * - options: DenseOptions       a row for each option that the interface declares itself
 * - fields: EpochLog            the same without defaults, for what a program is given
 * - members: losses, LossOptions    a row for each member, without the options of the interface
 * - names: ActivationName       the names that the type stands for
 * - command: train              a row for each argument and option of the command
 */
const BLOCK =
  /<!-- (functions|about|options|fields|members|names|command): ([\w,\s]+?) -->\n[\s\S]*?<!-- end -->/g;

export type CommandOptions = ReadonlyMap<string, ArgsDef>;

/** The page with its tables as the sources have them. */
export function filled(page: string, sources: Sources, commands: CommandOptions): string {
  return page.replaceAll(BLOCK, (_, kind: string, listed: string) => {
    const names = listed.split(",").map((name) => name.trim());
    const content = contentOf(kind, names, sources, commands);
    return `<!-- ${kind}: ${listed} -->\n\n${content}\n\n<!-- end -->`;
  });
}

/** How many tables a page has. */
export const tablesIn = (page: string): number => [...page.matchAll(BLOCK)].length;

function contentOf(
  kind: string,
  names: readonly string[],
  sources: Sources,
  commands: CommandOptions,
): string {
  const [name] = names;
  switch (kind) {
    case "functions":
      return table(
        ["function", "what it does"],
        names.map((each) => sources.documented(each)).map((of) => [code(call(of)), brief(of)]),
      );
    case "about":
      return sources.documented(name).sentences.join(" ");
    case "options":
      return optionsTable(sources.options(name));
    case "fields":
      return table(
        ["name", "what it is"],
        sources.options(name).map((of) => [code(of.name), of.sentences[0] ?? ""]),
      );
    case "members":
      return table(
        ["function", "what it is"],
        sources.members(name, names.slice(1)).map((of) => [code(member(of)), of.sentences[0] ?? ""]),
      );
    case "names":
      return wrapped(`${sources.names(name).map(code).join(", ")}.`);
    default:
      return commandTable(name, commands);
  }
}

function optionsTable(options: readonly Documented[]): string {
  const rows = options.map((option) => {
    const said = option.sentences.find((sentence) => /^Default\b/.test(sentence));
    const meaning = option.sentences.find((sentence) => sentence !== said) ?? "";
    return [code(option.name), said ? defaultIn(said) : option.optional ? "–" : "required", meaning];
  });
  return table(["option", "default", "meaning"], rows);
}

/** "Default 0.9." is 0.9; a value stands out from what is said of it. */
const defaultIn = (sentence: string): string =>
  sentence
    .replace(/^Default:? /, "")
    .replace(/\.$/, "")
    .replace(/^("[^"]*"|-?\d[\d.e-]*|true|false)(?=$|[ ,;:])/, "`$1`");

function commandTable(name: string, commands: CommandOptions): string {
  const options = commands.get(name);
  if (!options)
    throw new Error(`reference tables: expected one of ${[...commands.keys()].join(", ")}, got ${name}`);
  const written = ([key, option]: [string, ArgDef]) => {
    if (option.type === "positional") return key.toUpperCase();
    return "valueHint" in option && option.valueHint ? `--${key} ${option.valueHint}` : `--${key}`;
  };
  return table(
    ["option", "meaning"],
    Object.entries(options).map((entry) => [code(written(entry)), entry[1].description ?? ""]),
  );
}

const call = ({ name, parameters }: Documented): string =>
  parameters ? `${name}(${parameters.join(", ")})` : name;
const member = ({ name, parameters = [] }: Documented): string =>
  `${name}(${parameters.length > 0 ? `{ ${parameters.join(", ")} }` : ""})`;

/** What a function does, without its formula. */
const brief = ({ sentences: [first = ""] }: Documented): string =>
  `${first
    .replace(/^((?:[^():]|\([^()]*\))+): .*$/, "$1")
    .replace(/(?<=\w{3})\. .*$/, "")
    .replace(/\.$/, "")}.`;

/** In lines of at most 110 columns. */
const wrapped = (text: string): string => text.replaceAll(/(?=.{111})(.{1,110}) /g, "$1\n");

const code = (text: string): string => `\`${text}\``;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) throw new Error(`reference tables: expected rows for ${head.join(", ")}, got none`);
  const row = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [row(head), `|${"---|".repeat(head.length)}`, ...rows.map(row)].join("\n");
}
