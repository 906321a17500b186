import { stripVTControlCharacters } from "node:util";
import { type ArgsDef, type ParsedArgs, parseArgs, renderUsage } from "citty";

/**
 * The command line asks for something that there is not: an unknown option, a value that an option cannot
 * have.
 */
export class UsageError extends Error {}

/** A program with options. */
export interface Command<Options extends ArgsDef> {
  /** What starts it. */
  readonly name: string;
  readonly description: string;
  readonly options: Options;
  /** `words`: all that came after the command's name, for options that may be given several times. */
  run(args: ParsedArgs<Options>, words: readonly string[]): Promise<void>;
}

/**
 * Runs a command on the words after its name. What goes wrong is told in a line; the exit code is then 1, or
 * 2 for wrong usage.
 */
export async function runCommand<Options extends ArgsDef>(
  command: Command<Options>,
  words: readonly string[] = process.argv.slice(2),
): Promise<void> {
  const { name, description, options } = command;
  if (words.includes("--help") || words.includes("-h")) {
    console.log(plainUnlessTerminal(await renderUsage({ meta: { name, description }, args: options })));
    return;
  }
  try {
    await command.run(argumentsFrom(words, options), words);
  } catch (error) {
    reportError(error, name);
  }
}

/** Tells an error in a line, and sets the exit code. `name` is whose --help may help. */
export function reportError(error: unknown, name: string): void {
  const message = plainUnlessTerminal(error instanceof Error ? error.message : String(error));
  console.error(error instanceof UsageError ? `${message} (${name} --help lists what there is)` : message);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

export function plainUnlessTerminal(text: string): string {
  return process.stdout.isTTY ? text : stripVTControlCharacters(text);
}

function argumentsFrom<Options extends ArgsDef>(
  words: readonly string[],
  options: Options,
): ParsedArgs<Options> {
  const positionals = Object.keys(options).filter((name) => options[name].type === "positional");
  // citty's own words for a missing one would be those of another program.
  const optional = Object.fromEntries(
    Object.entries(options).map(([name, option]) => [name, { ...option, required: false }]),
  );
  const args = parseArgs(words as string[], optional);
  const { _: given, ...named } = args;
  const kebabCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  // citty passes over what it does not know.
  const unknown = Object.keys(named).find((key) => !(kebabCase(key) in options));
  if (unknown !== undefined)
    throw new UsageError(`unknown option ${unknown.length === 1 ? "-" : "--"}${unknown}`);
  const missing = positionals[given.length];
  if (missing !== undefined && options[missing].required !== false)
    throw new UsageError(`expected ${missing.toUpperCase()}, got nothing`);
  if (given.length > positionals.length)
    throw new UsageError(`unexpected argument ${given[positionals.length]}`);
  return args as ParsedArgs<Options>;
}
