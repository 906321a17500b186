import { ownPointsFrom, ownPointsText } from "./own-points.js";
import { normalNumbers, uniformNumbers } from "./random.js";
import { numberIn, type Samples, type Scene, wordIn } from "./scene.js";

/** Points of a plane that belong to classes, with both coordinates from about -1 to 1. */

export interface Point {
  readonly x: number;
  readonly y: number;
  readonly label: number;
}

export const sets = {
  circle: { title: "Circle", words: "a disc inside a ring", classes: 2 },
  xor: { title: "Exclusive or", words: "an exclusive or", classes: 2 },
  clouds: { title: "Two clouds", words: "two clouds", classes: 2 },
  moons: { title: "Moons", words: "two moons", classes: 2 },
  spiral: { title: "Spiral", words: "a spiral", classes: 2 },
  rings: { title: "Three rings", words: "three rings", classes: 3 },
  arms: { title: "Three arms", words: "a spiral of three arms", classes: 3 },
} as const;

export type SetName = keyof typeof sets;
export const setNames = Object.keys(sets) as SetName[];

/** Drawn from a set, or by hand. */
export type PointsData =
  | { readonly set: SetName; readonly count: number; readonly noise: number; readonly seed: number }
  | { readonly set: "own"; readonly points: readonly Point[] };

type Draw = (uniform: () => number, index: number) => Point;

/** A point of the square between two circles around its middle, by trying until one is. */
function between(uniform: () => number, least: number, most: number, label: number): Point {
  for (;;) {
    const x = 2 * uniform() - 1;
    const y = 2 * uniform() - 1;
    const square = x * x + y * y;
    if (square >= least && square < most) return { x, y, label };
  }
}

/** A half circle, by its rational form, which needs no sine: (2 t, 1 - t^2) / (1 + t^2). */
function halfCircle(t: number): readonly [number, number] {
  const square = t * t;
  return [(2 * t) / (1 + square), (1 - square) / (1 + square)];
}

/** The points of one arm, each the last one turned by the same angle: pi / 64, of which these are. */
const [COSINE, SINE] = [0.9987954562051724, 0.049067674327418015];
const arm = Array.from({ length: 177 }, () => [0, 0] as [number, number]);
for (let i = 0, [c, s] = [1, 0]; i < arm.length; i++) {
  const radius = (0.95 * i) / (arm.length - 1);
  arm[i] = [radius * c, radius * s];
  [c, s] = [c * COSINE - s * SINE, c * SINE + s * COSINE];
}

/** On an arm of the spiral, turned by an angle that is given by its cosine and sine. */
function onArm(uniform: () => number, turn: number, [c, s]: readonly [number, number], label: number): Point {
  const place = 10 + uniform() * (turn - 12);
  const before = Math.floor(place);
  const share = place - before;
  const px = arm[before][0] + share * (arm[before + 1][0] - arm[before][0]);
  const py = arm[before][1] + share * (arm[before + 1][1] - arm[before][1]);
  return { x: px * c - py * s, y: px * s + py * c, label };
}

const THIRD = 0.8660254037844386;
const thirds = [
  [1, 0],
  [-0.5, THIRD],
  [-0.5, -THIRD],
] as const;

const draw: { readonly [Name in SetName]: Draw } = {
  circle: (uniform, i) => (i % 2 ? between(uniform, 0.42, 0.86, 1) : between(uniform, 0, 0.2, 0)),
  xor: (uniform, i) => {
    const [x, y] = [0.06 + 0.9 * uniform(), 0.06 + 0.9 * uniform()];
    const left = uniform() < 0.5;
    return i % 2
      ? { x: left ? -x : x, y: left ? y : -y, label: 1 }
      : { x: left ? -x : x, y: left ? -y : y, label: 0 };
  },
  clouds: (uniform, i) => {
    const near = () => (uniform() + uniform() + uniform() - 1.5) * 0.36;
    const middle = i % 2 ? 0.42 : -0.42;
    return { x: middle + near(), y: middle + near(), label: i % 2 };
  },
  moons: (uniform, i) => {
    const [x, y] = halfCircle(2 * uniform() - 1);
    return i % 2
      ? { x: 0.3 + 0.6 * x, y: 0.2 - 0.6 * y, label: 1 }
      : { x: 0.6 * x - 0.3, y: 0.6 * y - 0.2, label: 0 };
  },
  spiral: (uniform, i) => onArm(uniform, arm.length, i % 2 ? [-1, 0] : [1, 0], i % 2),
  rings: (uniform, i) => between(uniform, [0, 0.24, 0.64][i % 3], [0.12, 0.42, 0.92][i % 3], i % 3),
  arms: (uniform, i) => {
    const { x, y, label } = onArm(uniform, 120, thirds[i % 3], i % 3);
    return { x: 1.4 * x, y: 1.4 * y, label };
  },
};

/** The points of a recipe, those to learn first. */
export function pointsOf(data: PointsData): readonly Point[] {
  if (data.set === "own") return data.points;
  const uniform = uniformNumbers(data.seed);
  const normal = normalNumbers(uniform);
  const { set, count, noise } = data;
  const points = Array.from({ length: count }, (_, i) => {
    const { x, y, label } = draw[set](uniform, i);
    return { x: x + noise * normal(), y: y + noise * normal(), label };
  });
  return points;
}

const features: Readonly<Record<string, (x: number, y: number) => number>> = {
  x: (x) => x,
  y: (_, y) => y,
  x2: (x) => x * x,
  y2: (_, y) => y * y,
  xy: (x, y) => x * y,
};

const titles: Readonly<Record<string, string>> = { x: "x", y: "y", x2: "x²", y2: "y²", xy: "xy" };

/** Inputs are spread to about -3 to 3, where the first layer's functions bend. */
const SPREAD = 3;

/** The classes that data have: at least two. */
export const classesOf = (data: PointsData): number =>
  data.set === "own" ? Math.max(2, ...data.points.map(({ label }) => label + 1)) : sets[data.set].classes;

/** The number of points, the last ones, that are kept for the test. */
export const testCount = (points: number, share: number): number => Math.floor(points * share);

export const points: Scene<PointsData> = {
  title: "Points",
  defaults: {
    data: { set: "spiral", count: 400, noise: 0.02, seed: 1 },
    test: 0.25,
    inputs: ["x", "y"],
    convolutions: [],
    layers: [
      { units: 8, activation: "tanh" },
      { units: 8, activation: "tanh" },
    ],
    optimizer: "adam",
    rate: 0.003,
    batch: 10,
    epochs: 500,
    loss: "crossEntropy",
    l2: 0,
    dropout: 0,
    patience: 0,
    seed: 7,
    changes: [],
  },
  features: Object.keys(features),
  limits: { layers: 8, units: 64 },
  map: "picture",
  takes: (inputs) => `${inputs.map((name) => `${SPREAD}${titles[name]}`).join(", ")} of a point`,

  encode: (data) =>
    data.set === "own"
      ? `own,${ownPointsText(data.points)}`
      : [data.set, data.count, data.noise, data.seed].join(","),

  decode(text) {
    const [word, ...rest] = text.split(",");
    const set = wordIn("The data set", word, [...setNames, "own"]);
    if (set === "own") return { set, points: ownPointsFrom(rest.join(",")) };
    const { count, noise, seed } = points.defaults.data as Exclude<PointsData, { set: "own" }>;
    const [n = String(count), spread = String(noise), from = String(seed)] = rest;
    return {
      set,
      count: numberIn("The number of points", n, 10, 2000, true),
      noise: numberIn("The noise", spread, 0, 1),
      seed: numberIn("The seed of the points", from, 0, 0xffffffff, true),
    };
  },

  inWords(data) {
    if (data.set === "own") return `${data.points.length} points drawn by hand`;
    const noise = data.noise > 0 ? `, with noise ${data.noise}` : "";
    return `${data.count} points of ${sets[data.set].words}${noise}`;
  },

  outputs(data) {
    const count = classesOf(data);
    return count === 2 ? { kind: "binary", count: 1 } : { kind: "classes", count };
  },

  samples({ data, inputs, test }) {
    const all = pointsOf(data as PointsData);
    const { kind, count } = points.outputs(data as PointsData);
    const rowsOf = (rows: readonly Point[]): Samples => ({
      rows: rows.length,
      x: Float32Array.from(rows.flatMap(({ x, y }) => inputs.map((name) => features[name](x, y) * SPREAD))),
      y: Float32Array.from(
        rows.flatMap(({ label }) =>
          kind === "binary" ? [label] : Array.from({ length: count }, (_, i) => (i === label ? 1 : 0)),
        ),
      ),
    });
    const known = all.length - testCount(all.length, test);
    return { training: rowsOf(all.slice(0, known)), test: rowsOf(all.slice(known)) };
  },

  grid({ inputs }, side) {
    const grid = new Float32Array(side * side * inputs.length);
    let at = 0;
    for (let row = 0; row < side; row++)
      for (let column = 0; column < side; column++) {
        const [x, y] = [(2 * column + 1) / side - 1, (2 * row + 1) / side - 1];
        for (const name of inputs) grid[at++] = features[name](x, y) * SPREAD;
      }
    return grid;
  },
};
