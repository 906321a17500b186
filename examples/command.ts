import { stripVTControlCharacters } from "node:util";
import { type ArgsDef, type ParsedArgs, parseArgs, renderUsage } from "citty";

/** An option has a value that it cannot have. */
export class UsageError extends Error {}

/** A program with options. */
export interface Example<Options extends ArgsDef> {
  /** What starts it. */
  readonly name: string;
  readonly description: string;
  readonly options: Options;
  run(args: ParsedArgs<Options>): Promise<void>;
}

/** Runs an example on the command line's options. What goes wrong is told in a line; the exit code is then 1, or 2 for wrong options. */
export async function runExample<Options extends ArgsDef>(example: Example<Options>): Promise<void> {
  const words = process.argv.slice(2);
  if (words.includes("--help") || words.includes("-h")) {
    console.log(await usage(example));
    return;
  }
  try {
    const args = parseArgs<Options>(words, example.options);
    const stranger = unknownArgument(args, example.options);
    if (stranger === undefined) {
      await example.run(args);
    } else {
      console.error(`unknown option ${stranger}\n\n${await usage(example)}`);
      process.exitCode = 2;
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

/** The first argument that is not among the options: citty itself would pass over it. */
function unknownArgument(args: { readonly _: readonly string[] }, options: ArgsDef): string | undefined {
  const { _: words, ...given } = args;
  const kebabCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const name = Object.keys(given).find((key) => !(kebabCase(key) in options));
  if (name === undefined) return words[0];
  return name.length === 1 ? `-${name}` : `--${name}`;
}

async function usage<Options extends ArgsDef>({ name, description, options }: Example<Options>): Promise<string> {
  const text = await renderUsage({ meta: { name, description }, args: options });
  return process.stdout.isTTY ? text : stripVTControlCharacters(text);
}
