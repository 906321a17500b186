import { formulaFrom } from "./formula.js";
import { testCount } from "./points.js";
import { normalNumbers, uniformNumbers } from "./random.js";
import { numberIn, Refusal, type Samples, type Scene, wordIn } from "./scene.js";

/** Values of a function of x, from -1 to 1. */

export const functions = {
  square: { title: "x²", formula: "x^2" },
  cube: { title: "x³", formula: "x^3" },
  wave: { title: "Wave", formula: "3x(1-x^2)(1-2x^2)" },
  bump: { title: "Bump", formula: "1/(1+16x^2)" },
  line: { title: "Line", formula: "0.8x-0.1" },
} as const;

export type FunctionName = keyof typeof functions;
export const functionNames = Object.keys(functions) as FunctionName[];

export interface CurveData {
  readonly name: FunctionName | "formula";
  /** Of the function, as it is typed. */
  readonly formula: string;
  readonly count: number;
  readonly noise: number;
}

/** Bounds of the values that can be drawn and learned. */
const LARGEST = 100;

/** The function of a formula. @throws Refusal where it is none, or grows beyond what can be drawn */
export function checkedFormula(text: string): (x: number) => number {
  const formula = formulaFrom(text);
  for (let i = 0; i <= 200; i++) {
    const value = formula(i / 100 - 1);
    if (!(Math.abs(value) <= LARGEST))
      throw new Refusal(
        `At x = ${i / 100 - 1} the formula is ${value}; it must stay from -${LARGEST} to ${LARGEST}.`,
      );
  }
  return formula;
}

export interface CurvePoint {
  readonly x: number;
  readonly y: number;
}

/** The samples of a recipe, those to learn first. */
export function curvePoints({ formula, count, noise }: CurveData): readonly CurvePoint[] {
  const f = formulaFrom(formula);
  const uniform = uniformNumbers(1);
  const normal = normalNumbers(uniform);
  return Array.from({ length: count }, () => {
    const x = 2 * uniform() - 1;
    return { x, y: f(x) + noise * normal() };
  });
}

const features: Readonly<Record<string, (x: number) => number>> = { x: (x) => x, x2: (x) => x * x };

export const curve: Scene<CurveData> = {
  title: "Curve",
  defaults: {
    data: { name: "square", formula: functions.square.formula, count: 200, noise: 0 },
    test: 0.25,
    inputs: ["x"],
    convolutions: [],
    layers: [{ units: 8, activation: "tanh" }],
    optimizer: "adam",
    rate: 0.01,
    batch: 10,
    epochs: 500,
    loss: "squaredError",
    l2: 0,
    dropout: 0,
    patience: 0,
    seed: 7,
    changes: [],
  },
  features: Object.keys(features),
  limits: { layers: 8, units: 64 },
  map: "curve",
  takes: (inputs) => inputs.map((name) => (name === "x2" ? "x²" : name)).join(", "),

  encode: ({ name, formula, count, noise }) =>
    [name, count, noise, ...(name === "formula" ? [formula] : [])].join(","),

  decode(text) {
    const [word, n = "200", spread = "0", ...rest] = text.split(",");
    const name = wordIn("The function", word, [...functionNames, "formula"]);
    const formula = name === "formula" ? rest.join(",") : functions[name].formula;
    checkedFormula(formula);
    return {
      name,
      formula,
      count: numberIn("The number of points", n, 10, 2000, true),
      noise: numberIn("The noise", spread, 0, 1),
    };
  },

  inWords: ({ formula, count, noise }) =>
    `${count} points of f(x) = ${formula}${noise > 0 ? `, with noise ${noise}` : ""}`,

  outputs: () => ({ kind: "values", count: 1 }),

  samples({ data, inputs, test }) {
    const all = curvePoints(data as CurveData);
    const rowsOf = (rows: readonly CurvePoint[]): Samples => ({
      rows: rows.length,
      x: Float32Array.from(rows.flatMap(({ x }) => inputs.map((name) => features[name](x)))),
      y: Float32Array.from(rows, ({ y }) => y),
    });
    const known = all.length - testCount(all.length, test);
    return { training: rowsOf(all.slice(0, known)), test: rowsOf(all.slice(known)) };
  },

  grid: ({ inputs }, side) =>
    Float32Array.from(
      Array.from({ length: side }, (_, i) => (2 * i) / (side - 1) - 1).flatMap((x) =>
        inputs.map((name) => features[name](x)),
      ),
    ),
};
