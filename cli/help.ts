import type { ArgsDef } from "citty";

/** Characters of a line, if the terminal is not narrower. */
const WIDTH = 100;
const NARROWEST = 60;

/** What --help prints: how a command is called, and each argument and option with what it is for. */
export function helpText(name: string, description: string, options: ArgsDef): string {
  const entries = Object.entries(options);
  const positionals = entries.filter(([, { type }]) => type === "positional");
  const named = entries.filter(([, { type }]) => type !== "positional");
  const shape = (value: string) => value.toUpperCase();
  const rows = (of: typeof entries, left: (entry: (typeof entries)[number]) => string) =>
    of.map((entry) => [left(entry), entry[1].description ?? ""] as const);
  const args = rows(positionals, ([key]) => shape(key));
  const flags = rows(named, ([key, option]) =>
    "valueHint" in option && option.valueHint ? `--${key} ${option.valueHint}` : `--${key}`,
  );
  const indent = Math.max(...[...args, ...flags].map(([left]) => left.length)) + 4;
  const list = (of: typeof args) => of.map(([left, text]) => hanging(`  ${left}`, text, indent)).join("\n");
  const call = [name, ...positionals.map(([key]) => shape(key)), ...(named.length > 0 ? ["[options]"] : [])];
  return [hanging("", description, 0), `usage: ${call.join(" ")}`, list(args), `options:\n${list(flags)}`]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** Text in lines beside a name, each of which begins in the same column. */
function hanging(name: string, text: string, indent: number): string {
  const width = Math.max(NARROWEST, Math.min(WIDTH, process.stdout.columns ?? WIDTH));
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines[lines.length - 1];
    if (line !== "" && indent + line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return `${name.padEnd(indent)}${lines.join(`\n${" ".repeat(indent)}`)}`;
}
