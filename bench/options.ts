import type { ArgsDef, ParsedArgs } from "citty";
import type { Variant } from "lanewise";
import { UsageError } from "../cli/command.js";
import { suites } from "./suites/index.js";

const variants: readonly Variant[] = ["scalar", "simd", "relaxed"];

export const options = {
  suite: {
    type: "string",
    valueHint: "NAMES",
    description: `which suites, by commas (${[...suites.keys()].join(",")})`,
  },
  variant: {
    type: "string",
    valueHint: "NAMES",
    description: `which builds, by commas (${variants.join(",")})`,
  },
  threads: {
    type: "string",
    valueHint: "NUMBERS",
    description: "on how many threads, by commas, each with its speed-up over the first (1)",
  },
  quick: { type: "boolean", description: "measure for a quarter of the time" },
  json: {
    type: "string",
    valueHint: "FILE",
    description: "write the rows to this file too (bench/results.json)",
  },
} as const satisfies ArgsDef;

export interface Settings {
  readonly suites: readonly string[];
  readonly variants: readonly Variant[];
  readonly threads: readonly number[];
  readonly quick: boolean;
  readonly json?: string;
}

/** Throws a UsageError that names the option. */
export function readSettings(args: ParsedArgs<typeof options>): Settings {
  return {
    suites: choose("suite", args.suite, [...suites.keys()]),
    variants: choose("variant", args.variant, variants),
    threads: numbers("threads", args.threads ?? "1"),
    quick: args.quick === true,
    json: fileFrom(args.json, "bench/results.json"),
  };
}

/** Names by commas; all of them when the option is not given. */
export function choose<Name extends string>(
  option: string,
  given: unknown,
  known: readonly Name[],
): readonly Name[] {
  if (given === undefined) return known;
  const names = String(given).split(",");
  const chosen = known.filter((name) => names.includes(name));
  const stranger = names.find((name) => !chosen.some((known) => known === name));
  if (stranger !== undefined)
    throw new UsageError(`--${option} expected some of ${known.join(",")}, got ${stranger || "nothing"}`);
  return chosen;
}

/** Whole numbers above 0 by commas. */
export function numbers(option: string, given: unknown): readonly number[] {
  const all = String(given).split(",").map(Number);
  if (all.every((each) => Number.isInteger(each) && each > 0)) return all;
  throw new UsageError(`--${option} expected whole numbers such as 1,2, got ${given}`);
}

/** The file of an option that may come without a value, for which citty gives "". */
export function fileFrom(given: unknown, otherwise: string): string | undefined {
  if (given === undefined || given === false) return undefined;
  return typeof given === "string" && given !== "" ? given : otherwise;
}
