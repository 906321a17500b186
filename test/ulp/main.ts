/**
 * The worst error of every function of assembly/math.ts against float64, in float32 units in the last place,
 * and where it is; beside it, the same of the peers that are installed. Ends with 1 where a bound is exceeded
 * or the bits of the scalar and the SIMD build differ.
 */
import type { ArgsDef } from "citty";
import { choose } from "../../bench/options.js";
import { runCommand, UsageError } from "../../cli/command.js";
import { textTable } from "../../cli/text-table.js";
import { type Bound, functionNames } from "./bounds.js";
import { build } from "./builds.js";
import type { Worst } from "./error.js";
import { type Library, type Line, sweep } from "./sweep.js";

const PEERS = ["tfjs", "jax"] as const;

const options = {
  step: {
    type: "string",
    valueHint: "N",
    description: "try every N-th of all 2^32 float32 (1009); 1 tries every value, which takes hours",
  },
  near: {
    type: "string",
    valueHint: "N",
    description: "try every N-th between 1/8 and 10, of either sign (11)",
  },
  only: {
    type: "string",
    valueHint: "NAMES",
    description: `which functions, by commas (${functionNames.join(",")})`,
  },
  peers: {
    type: "string",
    valueHint: "NAMES",
    description: `beside which libraries, by commas (${PEERS.join(",")}), or none`,
  },
} as const satisfies ArgsDef;

await runCommand({
  name: "npm run test:ulp --",
  description: "Prints the worst error of every elementary function and where it is.",
  options,
  async run(args) {
    const density = { step: count("step", args.step, 1009), near: count("near", args.near, 11) };
    const names = choose("only", args.only, functionNames);
    const wanted = args.peers === "none" ? [] : choose("peers", args.peers, PEERS);
    const libraries: Library[] = [];
    for (const peer of wanted) {
      const library = await peerFrom(peer);
      if (typeof library === "string") console.log(`${peer}: left out: ${library}`);
      else libraries.push(library);
    }
    const [scalar, simd] = [await build("scalar"), await build("simd")];
    const { lines, inputs } = await sweep(names, density, { scalar, simd }, libraries);
    console.log(
      `one float32 in ${density.step}, between 1/8 and 10 one in ${Math.min(density.near, density.step)}, and the edges: ${inputs.toLocaleString("en")} inputs`,
    );
    console.log(
      "lanewise: scalar and simd have equal bits at all of them; near: between 1/8 and 10; wrong: NaN, an infinity or a zero where it should not be\n",
    );
    const head = [
      "",
      "x",
      "at most",
      ...["lanewise", ...libraries.map(({ name }) => name)].flatMap((name) => [name, "at", "near"]),
    ];
    console.log(textTable([head, ...lines.map((line) => cells(line, libraries))], (column) => column > 1));
    const exceeded = lines.filter(({ bound, worst }) => !(worst[0].error <= bound.most));
    if (exceeded.length > 0)
      throw new Error(`\nover the bound: ${exceeded.map(({ name }) => name).join(", ")}`);
  },
});

function count(option: string, given: unknown, otherwise: number): number {
  const value = given === undefined ? otherwise : Number(given);
  if (!Number.isInteger(value) || value < 1)
    throw new UsageError(`--${option} expected a whole number of at least 1, got ${given}`);
  return value;
}

/** The library, or why it is not there. */
async function peerFrom(name: string): Promise<Library | string> {
  try {
    const library: Library & { version: string } = await import(
      new URL(`../../bench/peers/ulp/${name}.mjs`, import.meta.url).href
    );
    return { ...library, name: `${library.name} ${library.version}` };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND"
      ? "not installed (npm ci --prefix bench/peers)"
      : message;
  }
}

function cells(
  { name, bound: { unit, most, from, below }, worst }: Line,
  libraries: readonly Library[],
): string[] {
  const inputs = from !== undefined ? `>= ${from}` : below !== undefined ? `< ${below}` : "all";
  const figure = ({ error, at, near }: Worst) => [rounded(error, unit), shown(at), rounded(near, unit)];
  const missing = ["-", "", ""];
  return [
    name,
    inputs,
    unit === "ULP" ? `${most} ULP` : `${most}`,
    ...figure(worst[0]),
    ...libraries.flatMap((library, i) => (library.has(name) ? figure(worst[i + 1]) : missing)),
  ];
}

/** Rounded up: what is printed is a bound of what was found. */
function rounded(error: number, unit: Bound["unit"]): string {
  if (!Number.isFinite(error)) return "wrong";
  const step = unit === "ULP" && error < 1000 ? 0.01 : 10 ** (Math.floor(Math.log10(error)) - 1);
  const up = Math.ceil(error / step) * step;
  return step === 0.01 ? up.toFixed(2) : up.toExponential(1);
}

function shown(x: number): string {
  return Object.is(x, -0) ? "-0" : String(Number(x.toPrecision(8)));
}
