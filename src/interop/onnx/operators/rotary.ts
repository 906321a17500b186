import type { NodeProto } from "onnx-buf";
import { exp, log, sineOfTurns } from "../../../core/reproducible-math.js";
import type { FormatError, Tensor } from "../../../index.js";
import { rotations } from "../../../ops/positions.js";
import type { Factor, Folded } from "../folded.js";
import { numberOf } from "../graph.js";
import type { Reading } from "../reading.js";
import type { Constant } from "../tensor.js";

/** Rotary positions: halves a and b of vectors become a cos - b sin and b cos + a sin. */
export interface Rotary {
  /** Of the angles t base^(-2 p / size). */
  readonly base: number;
  readonly time: number;
  readonly output: string;
  readonly nodes: readonly NodeProto[];
}

/** A tensor that stands for another whose vectors are turned by their places. */
export interface Turns {
  readonly base: number;
  readonly of: Tensor;
  /** The axes of the steps and of the elements of a vector. */
  readonly time: readonly Factor[];
  readonly size: readonly Factor[];
}

/** What two of float32 may differ by that were computed in other ways. */
const CLOSE = 2e-6;

const DEFAULT = 10_000;

/** The rotation that begins with a Split of vectors [batch, time, heads, size]; undefined for another. */
export function rotaryOf(reading: Reading, split: NodeProto): Rotary | undefined {
  const [a, b, more] = split.output;
  if (split.opType !== "Split" || !a || !b || more !== undefined) return undefined;
  // The products of a half: [by the cosines and the sines, in the order of the file].
  const [ofA, ofB] = [a, b].map((half) => reading.users(half));
  if (ofA.length !== 2 || ofB.length !== 2) return undefined;
  for (const [aCos, aSin] of [ofA, [...ofA].reverse()])
    for (const [bCos, bSin] of [ofB, [...ofB].reverse()]) {
      const first = reading.onlyUser(aCos.output[0]);
      const second = reading.onlyUser(bCos.output[0]);
      const joined = first && reading.onlyUser(first.output[0]);
      const [cosA, sinA, cosB, sinB] = [
        factorOf(reading, aCos, a),
        factorOf(reading, aSin, a),
        factorOf(reading, bCos, b),
        factorOf(reading, bSin, b),
      ];
      const fits =
        first?.opType === "Sub" &&
        first.input.join() === [aCos.output[0], bSin.output[0]].join() &&
        second?.opType === "Add" &&
        second.input.includes(bCos.output[0]) &&
        second.input.includes(aSin.output[0]) &&
        joined?.opType === "Concat" &&
        joined.input.join() === [first.output[0], second.output[0]].join() &&
        [-1, 3].includes(numberOf(joined, "axis", 0)) &&
        [-1, 3].includes(numberOf(split, "axis", 0));
      if (!fits || !cosA || !sinA || !isSame(cosA, cosB) || !isSame(sinA, sinB)) continue;
      const base = baseOf(reading, split, cosA, sinA);
      if (base === undefined) continue;
      const nodes = [aCos, aSin, bCos, bSin, first, second, joined];
      return { base, time: cosA.dims[0], output: joined.output[0], nodes };
    }
  return undefined;
}

/** What a Mul multiplies a half by: numbers of [time, 1, half]. */
function factorOf(reading: Reading, { opType, input }: NodeProto, half: string): Constant | undefined {
  const constant = reading.constants.get(input[input[0] === half ? 1 : 0] ?? "");
  if (opType !== "Mul" || !constant) return undefined;
  const dims = constant.dims[0] === 1 && constant.dims.length === 4 ? constant.dims.slice(1) : constant.dims;
  return dims.length === 3 && dims[1] === 1 ? { ...constant, dims } : undefined;
}

const isSame = (a: Constant, b: Constant | undefined): boolean =>
  b !== undefined &&
  (a === b || a.values === b.values || Array.from(a.values).join() === Array.from(b.values).join());

/** The base of cosines and sines; undefined where they are of none. */
function baseOf(
  reading: Reading,
  node: NodeProto,
  { dims, values: cosines }: Constant,
  { dims: others, values: sines }: Constant,
): number | undefined {
  const [time, , half] = dims;
  if (others.join() !== dims.join() || half < 1) return undefined;
  const isOf = (base: number): boolean => {
    reading.constants.spend(node, 2 * time * half);
    return rotations(time, 2 * half, base).every(([c, s], t) =>
      c.every((cosine, p) => {
        const at = t * half + p;
        return Math.abs(cosine - cosines[at]) <= CLOSE && Math.abs(s[p] - sines[at]) <= CLOSE;
      }),
    );
  };
  if (isOf(DEFAULT)) return DEFAULT;
  if (time < 2 || half < 2) return undefined;
  // The second angle of the second step is base^(-1 / half).
  const angle = angleOf(sines[half + 1]);
  const rough = angle > 0 ? exp(Math.min(700, -half * log(angle))) : 0;
  for (let digits = 1; digits < 9 && rough > 1; digits++) {
    const base = Number(rough.toPrecision(digits));
    if (isOf(base)) return base;
  }
  return undefined;
}

/** The angle up to a quarter turn that has this sine. */
function angleOf(sine: number): number {
  let [from, to] = [0, 0.25];
  for (let i = 0; i < 60; i++) {
    const turns = (from + to) / 2;
    if (sineOfTurns(turns) < sine) from = turns;
    else to = turns;
  }
  return Math.PI * (from + to);
}

/** The base of queries and keys that are turned alike. @throws FormatError where only some are */
export function baseOfBoth(
  known: ReadonlyMap<Tensor, Turns>,
  queries: Folded,
  keys: Folded,
  values: Folded,
  reason: FormatError,
): number | undefined {
  const [q, k, v] = [queries, keys, values].map(({ tensor }) => known.get(tensor));
  if (!q && !k && !v) return undefined;
  const isSame = (a: readonly Factor[], b: readonly Factor[] = []) =>
    a.length === b.length && a.every((factor, i) => factor === b[i]);
  const isAt = (turns: Turns | undefined, { axes }: Folded, time: number, size: number) =>
    turns !== undefined && isSame(turns.time, axes.at(time)) && isSame(turns.size, axes.at(size));
  if (v || !isAt(q, queries, -2, -1) || !isAt(k, keys, -1, -2) || q?.base !== k?.base) throw reason;
  return q?.base;
}
