import { attention, gradientBounds, type Heads, recordOf, rotate } from "./attention.js";
import { type Tolerance, U } from "./floats.js";
import { type Case, call, expecting, input, matrix, output, roomOf } from "./harness.js";
import { boundBy } from "./pooling-cases.js";
import type { Random } from "./random.js";

interface Shape extends Partial<Pick<Heads, "heads" | "keySize" | "valueSize" | "past">> {
  readonly batch?: number;
  readonly queries: number;
  readonly keys: number;
  /** By how much rows are longer than they are wide. */
  readonly gap?: number;
  /** By sample, the keys that are hidden. */
  readonly hides?: (sample: number, key: number) => boolean;
  readonly rate?: number;
  /** The largest number of q and k. */
  readonly most?: number;
}

const SHAPES: readonly Shape[] = [
  // Around the edges of eight queries, of tiles of rows, and of a vector.
  ...[1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17].map((queries) => ({ queries, keys: queries, past: 0 })),
  ...[1, 2, 4, 5, 6, 7, 10, 11, 12, 13].map((keys) => ({ queries: 3, keys })),
  ...[1, 2, 3, 4, 5, 7, 8, 9, 16, 17].map((keySize) => ({ queries: 6, keys: 7, keySize, valueSize: 3 })),
  ...[1, 2, 3, 5, 7, 8, 9, 16, 17].map((valueSize) => ({
    queries: 9,
    keys: 6,
    keySize: 2,
    valueSize,
    past: 0,
  })),
  // More queries than backward takes at once, and more keys than a block of a product and of a sum.
  ...[64, 65, 71, 72, 130].map((queries) => ({ batch: 1, queries, keys: queries, past: 0 })),
  { batch: 1, queries: 70, keys: 9 },
  { batch: 1, queries: 3, keys: 257 },
  { batch: 1, queries: 2, keys: 515, past: 513 },
  { batch: 1, queries: 4, keys: 1030, valueSize: 2 },
  { batch: 1, queries: 2, keys: 3, keySize: 258, valueSize: 258 },
  // Keys before the first query, as of a cache; and keys that no query sees.
  { queries: 1, keys: 12, past: 11 },
  { queries: 5, keys: 12, past: 7 },
  { queries: 9, keys: 14, past: 2 },
  { queries: 3, keys: 9, past: 0 },
  { queries: 12, keys: 4, past: 0 },
  // Masks: at the end, all of a sample, at the beginning, which leaves causal queries without a key, between.
  { queries: 6, keys: 6, hides: (sample, key) => key >= 6 - 2 * sample },
  { queries: 4, keys: 9, hides: (sample) => sample === 1 },
  { queries: 9, keys: 9, past: 0, hides: (sample, key) => key < 3 * sample },
  { queries: 10, keys: 13, hides: (_, key) => key % 3 === 1 },
  {
    queries: 70,
    keys: 70,
    past: 0,
    batch: 2,
    hides: (sample, key) => sample === 1 && (key % 5 === 2 || key > 40),
  },
  // Rows in a matrix of several, and one head.
  { queries: 7, keys: 8, gap: 5 },
  { queries: 9, keys: 9, heads: 3, keySize: 8, valueSize: 8, gap: 48, past: 0 },
  { queries: 5, keys: 4, heads: 1, gap: 1 },
  { batch: 0, queries: 3, keys: 3 },
  // Dropout.
  { queries: 9, keys: 11, rate: 0.3 },
  { queries: 17, keys: 17, rate: 0.5, past: 0, hides: (sample, key) => key > 12 + sample },
  { queries: 66, keys: 66, rate: 0.1, past: 0, batch: 1 },
  // Scores so far apart that all but one probability are 0 or subnormal.
  { queries: 9, keys: 9, most: 30 },
];

export function* attentionCases(random: Random): Generator<Case> {
  for (const shape of SHAPES) {
    const { batch = 3, queries, keys, heads = 2, keySize = 4, valueSize = 5, past = -1 } = shape;
    const { gap = 0, hides, rate = 0, most = 1 } = shape;
    const [ofKeys, ofValues] = [heads * keySize, heads * valueSize];
    const strides = {
      queryStride: ofKeys + gap,
      keyStride: ofKeys + 2 * gap,
      valueStride: ofValues + 3 * gap,
    };
    const { queryStride, keyStride, valueStride } = strides;
    const record = recordOf({ queries, keys, heads, keySize, valueSize, ...strides, past });
    const drawn: [number, number, number, number] =
      rate > 0 ? [1 / (1 - rate), (rate - 0.5) * 2 ** 24, 12, -34] : [1, 0, 0, 0];
    drawn[0] = Math.fround(drawn[0]);
    drawn[1] = Math.fround(drawn[1]);
    const q = matrix(
      "input",
      batch * queries,
      ofKeys,
      queryStride,
      random.floats(batch * queries * ofKeys, -most, most),
    );
    const k = matrix(
      "input",
      batch * keys,
      ofKeys,
      keyStride,
      random.floats(batch * keys * ofKeys, -most, most),
    );
    const v = matrix("input", batch * keys, ofValues, valueStride, random.floats(batch * keys * ofValues));
    const mask = hides
      ? input(
          Float32Array.from({ length: batch * keys }, (_, i) =>
            Number(!hides(Math.floor(i / keys), i % keys)),
          ),
        )
      : 0;
    const dy = random.floats(batch * queries * ofValues);
    // A score is off by so much, relative to a probability, and the sums by the number of their terms.
    const ofScore = (keySize + 4) * (1 + 2 * most * most * Math.sqrt(keySize));
    const roundings = 2 * ofScore + keys + 12;
    const statistics = new Float32Array(batch * heads * 2 * queries);
    const values = mask === 0 ? 0 : mask.initial;
    const absolute = v.initial.map(Math.abs);
    const bound = boundBy(roundings, batch * queries * ofValues, (to) =>
      attention(
        q.initial as Float32Array,
        k.initial as Float32Array,
        absolute as Float32Array,
        values as Float32Array,
        to,
        statistics,
        record,
        0,
        batch,
        ...drawn,
      ),
    );
    attention(
      q.initial as Float32Array,
      k.initial as Float32Array,
      v.initial as Float32Array,
      values as Float32Array,
      new Float64Array(dy.length),
      statistics,
      record,
      0,
      batch,
      ...drawn,
    );
    const ofStatistics: Tolerance = (expected) => (roundings * U + 1e-7) * (Math.abs(expected) + most * most);
    for (const kept of [output(statistics.length, ofStatistics), 0])
      yield expecting(
        call(
          "attention",
          q,
          k,
          v,
          mask,
          output(dy.length, bound),
          kept,
          input(record),
          roomOf(({ attentionWorkspace }) => attentionWorkspace(keys, keySize, valueSize)),
          batch,
          ...drawn,
        ),
      );
    const bounds = () =>
      gradientBounds(
        [
          q.initial as Float32Array,
          k.initial as Float32Array,
          v.initial as Float32Array,
          values as Float32Array,
          dy,
        ],
        record,
        batch,
        drawn,
      );
    let known: ReturnType<typeof bounds> | undefined;
    const of =
      (which: 0 | 1 | 2, terms: number): Tolerance =>
      (_, i) => {
        known ??= bounds();
        return (2 * roundings + valueSize + terms) * U * known[which][i] + 1e-37;
      };
    yield expecting(
      call(
        "attentionBackward",
        q,
        k,
        v,
        mask,
        input(statistics),
        input(dy),
        matrix(
          "output",
          batch * queries,
          ofKeys,
          queryStride,
          new Float32Array(batch * queries * ofKeys),
          of(0, keys),
        ),
        matrix(
          "output",
          batch * keys,
          ofKeys,
          keyStride,
          new Float32Array(batch * keys * ofKeys),
          of(1, queries),
        ),
        matrix(
          "output",
          batch * keys,
          ofValues,
          valueStride,
          new Float32Array(batch * keys * ofValues),
          of(2, queries),
        ),
        input(record),
        roomOf(({ attentionGradientWorkspace }) => attentionGradientWorkspace(keys, keySize, valueSize)),
        batch,
        ...drawn,
      ),
    );
  }
}

export function* rotationCases(random: Random): Generator<Case> {
  for (const half of [1, 2, 3, 4, 5, 8, 9])
    for (const [rows, time, heads, rest] of [
      [6, 3, 2, 0],
      [5, 5, 1, 3],
      [4, 1, 3, 1],
      [0, 2, 1, 0],
    ])
      for (const direction of [1, -1]) {
        const cols = 2 * half * heads + rest;
        const [x, table] = [random.floats(rows * cols), random.floats(time * 2 * half)];
        const close = boundBy(2, rows * cols, (bound) => {
          // The absolute values of both terms: those of a pair are the same but for the signs.
          rotate(
            x.map(Math.abs),
            bound,
            table.map((value, i) => (i % (2 * half) < half ? 1 : -1) * Math.abs(value)),
            rows,
            time,
            cols,
            heads,
            half,
            1,
          );
          const other = new Float64Array(bound.length);
          rotate(x.map(Math.abs), other, table.map(Math.abs), rows, time, cols, heads, half, 1);
          for (let i = 0; i < bound.length; i++) bound[i] = Math.max(bound[i], other[i]);
        });
        yield expecting(
          call(
            "rotate",
            input(x),
            output(rows * cols, close),
            input(table),
            rows,
            time,
            cols,
            heads,
            half,
            direction,
          ),
        );
      }
}
