import { stripVTControlCharacters } from "node:util";
import { type ArgsDef, type ParsedArgs, parseArgs } from "citty";
import { meant } from "../src/encoding/meant.js";
import { helpText } from "./help.js";
import { messageOf } from "./library-words.js";

/** The command line is wrong: an unknown option, or a value that an option cannot have. */
export class UsageError extends Error {}

/** A program with options. */
export interface Command<Options extends ArgsDef> {
  /** What starts it. */
  readonly name: string;
  readonly description: string;
  readonly options: Options;
  /** Whether the last positional may be given several times: all of them are in `args._`. */
  readonly several?: boolean;
  /** `words`: all that came after the command's name, for options that may be given several times. */
  run(args: ParsedArgs<Options>, words: readonly string[]): Promise<void>;
}

/**
 * Runs a command on the words after its name. An error is printed; the exit code is then 1, or 2
 * for wrong usage.
 */
export async function runCommand<Options extends ArgsDef>(
  command: Command<Options>,
  words: readonly string[] = process.argv.slice(2),
): Promise<void> {
  const { name, description, options, several = false } = command;
  if (words.includes("--help") || words.includes("-h")) {
    console.log(helpText(name, description, options));
    return;
  }
  try {
    await command.run(argumentsFrom(words, options, several), words);
  } catch (error) {
    reportError(error, name);
  }
}

/** Prints an error and sets the exit code. `name` is the command whose --help may help. */
export function reportError(error: unknown, name: string): void {
  const message = process.stderr.isTTY ? messageOf(error) : stripVTControlCharacters(messageOf(error));
  console.error(error instanceof UsageError ? `${message} (${name} --help lists what there is)` : message);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

function argumentsFrom<Options extends ArgsDef>(
  words: readonly string[],
  options: Options,
  several: boolean,
): ParsedArgs<Options> {
  const positionals = Object.keys(options).filter((name) => options[name].type === "positional");
  // citty's own message for a missing argument would not follow the style of these messages.
  const optional = Object.fromEntries(
    Object.entries(options).map(([name, option]) => [name, { ...option, required: false }]),
  );
  const args = parseArgs(words as string[], optional);
  const { _: given, ...named } = args;
  const kebabCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  // citty ignores unknown options.
  const unknown = Object.keys(named).find((key) => !(kebabCase(key) in options));
  if (unknown !== undefined) {
    const other = meant(
      unknown,
      Object.keys(options).filter((name) => options[name].type !== "positional"),
    );
    throw new UsageError(
      `unknown option ${unknown.length === 1 ? "-" : "--"}${unknown}${other === undefined ? "" : `; did you mean --${other}?`}`,
    );
  }
  const missing = positionals[given.length];
  if (missing !== undefined && options[missing].required !== false)
    throw new UsageError(`expected ${missing.toUpperCase()}, got nothing`);
  if (given.length > positionals.length && !several)
    throw new UsageError(`unexpected argument ${given[positionals.length]}`);
  return args as ParsedArgs<Options>;
}
