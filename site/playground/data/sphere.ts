import { testCount } from "./points.js";
import { uniformNumbers } from "./random.js";
import { numberIn, type Samples, type Scene } from "./scene.js";

/**
 * The unit sphere: from two angles to the point that they lead to, Figure 1 of Jeffrey Zhou, "Basic Neural
 * Network Math".
 */
export interface SphereData {
  readonly count: number;
}

/** From -pi to pi, by the series of the sine up to x^21: the same bits in every engine. */
export function sine(x: number): number {
  const square = x * x;
  let term = x;
  let sum = x;
  for (let i = 2; i <= 20; i += 2) {
    term *= -square / (i * (i + 1));
    sum += term;
  }
  return sum;
}

/** From -pi to pi. */
export const cosine = (x: number): number => sine(Math.PI / 2 - (x < 0 ? -x : x));

/** Above the equator, from -1 to 1 for -pi/2 to pi/2, and along it, from -1 to 1 for -pi to pi. */
export interface Angles {
  readonly latitude: number;
  readonly longitude: number;
}

export function pointAt({ latitude, longitude }: Angles): readonly [number, number, number] {
  const [up, along] = [(latitude * Math.PI) / 2, longitude * Math.PI];
  return [cosine(up) * cosine(along), cosine(up) * sine(along), sine(up)];
}

const features: Readonly<Record<string, (angles: Angles) => number>> = {
  latitude: ({ latitude }) => (latitude * Math.PI) / 2,
  longitude: ({ longitude }) => longitude * Math.PI,
};

export const sphere: Scene<SphereData> = {
  title: "Sphere",
  defaults: {
    data: { count: 1000 },
    test: 0.2,
    inputs: ["latitude", "longitude"],
    convolutions: [],
    layers: [
      { units: 12, activation: "tanh" },
      { units: 12, activation: "tanh" },
    ],
    optimizer: "adam",
    rate: 0.01,
    batch: 20,
    epochs: 400,
    loss: "squaredError",
    l2: 0,
    dropout: 0,
    patience: 0,
    seed: 7,
    changes: [],
  },
  features: Object.keys(features),
  limits: { layers: 8, units: 64 },
  map: "picture",
  takes: (inputs) => `${inputs.join(" and ")} in radians`,

  encode: ({ count }) => String(count),
  decode: (text) => ({ count: numberIn("The number of points", text, 10, 2000, true) }),
  inWords: ({ count }) => `the unit sphere from ${count} points`,
  outputs: () => ({ kind: "values", count: 3 }),

  samples({ data, inputs, test }) {
    const { count } = data as SphereData;
    const uniform = uniformNumbers(1);
    const all = Array.from(
      { length: count },
      (): Angles => ({ latitude: 2 * uniform() - 1, longitude: 2 * uniform() - 1 }),
    );
    const rowsOf = (rows: readonly Angles[]): Samples => ({
      rows: rows.length,
      x: Float32Array.from(rows.flatMap((angles) => inputs.map((name) => features[name](angles)))),
      y: Float32Array.from(rows.flatMap(pointAt)),
    });
    const known = all.length - testCount(all.length, test);
    return { training: rowsOf(all.slice(0, known)), test: rowsOf(all.slice(known)) };
  },

  /** Rows are latitudes from pole to pole, columns longitudes all the way around. */
  grid({ inputs }, side) {
    const grid = new Float32Array(side * side * inputs.length);
    let at = 0;
    for (let row = 0; row < side; row++)
      for (let column = 0; column < side; column++) {
        const angles = { latitude: gridAngle(row, side), longitude: gridAngle(column, side) };
        for (const name of inputs) grid[at++] = features[name](angles);
      }
    return grid;
  },
};

/** From -1 for the first row or column to 1 for the last. */
export const gridAngle = (index: number, side: number): number => (2 * index) / (side - 1) - 1;
