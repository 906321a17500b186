import type { Floats } from "./convolution.js";

/** A recurrent layer: [rows, time] states of `units` numbers; in reverse from the last step to the first. */
interface Loop {
  readonly rows: number;
  readonly time: number;
  readonly units: number;
  readonly reverse: number;
  /** Blocks of the state, and of the product by R. */
  readonly states: number;
  readonly blocks: number;
}

type Optional = Floats | 0;

/** A gate, by its slope as in assembly/cells.ts. */
const gateOf =
  (slope: number) =>
  (x: number): number =>
    slope === 0 ? 1 / (1 + Math.exp(-x)) : Math.min(Math.max(slope * x + 0.5, 0), 1);

/** The derivative of a gate, from its value. */
const bendOf =
  (slope: number) =>
  (gate: number): number =>
    slope === 0 ? gate * (1 - gate) : gate > 0 && gate < 1 ? slope : 0;

/** The steps of each sample in the order in which they run: where they are, and where the step before is. */
function* stepsOf({ rows, time, reverse }: Loop): Generator<{ i: number; at: number; last: number }> {
  for (let i = 0; i < rows; i++)
    for (let step = 0; step < time; step++) {
      const t = reverse ? time - 1 - step : step;
      yield { i, at: i * time + t, last: step === 0 ? -1 : i * time + (reverse ? t + 1 : t - 1) };
    }
}

/** The state before a step. */
function before({ states, units }: Loop, y: Floats, initial: Optional, i: number, last: number): number[] {
  const width = states * units;
  if (last >= 0) return [...y.subarray(last * width, (last + 1) * width)];
  return initial ? [...initial.subarray(i * width, (i + 1) * width)] : new Array(width).fill(0);
}

/** h R + d. */
function product({ blocks, units }: Loop, h: readonly number[], r: Floats, d: readonly number[]): number[] {
  const cols = blocks * units;
  return d.map((value, j) => {
    let sum = value;
    for (let p = 0; p < units; p++) sum += h[p] * r[p * cols + j];
    return sum;
  });
}

const block = (values: ArrayLike<number>, at: number, units: number): number[] =>
  Array.from({ length: units }, (_, j) => values[at * units + j]);

/** Runs a cell over time: it gives the new state, and what is kept of it. */
function forward(
  loop: Loop,
  x: Floats,
  initial: Optional,
  mask: Optional,
  y: Floats,
  kept: Optional,
  cell: (x: number[], last: number[]) => { state: number[]; kept: number[] },
): void {
  const { blocks, states, units } = loop;
  for (const { i, at, last } of stepsOf(loop)) {
    const from = before(loop, y, initial, i, last);
    const isReal = mask === 0 || mask[at] !== 0;
    const made = cell(block(x, at, blocks * units), from);
    y.set(isReal ? made.state : from, at * states * units);
    if (kept) kept.set(isReal ? made.kept : made.kept.map(() => 0), at * made.kept.length);
  }
}

/** What a cell's backward gives: the gradients of x, of the product, and of the state before, past it. */
interface Slopes {
  readonly dx: number[];
  readonly delta: number[];
  readonly carry: number[];
}

function backward(
  loop: Loop,
  { dy, y, initial, mask, r }: { dy: Floats; y: Floats; initial: Optional; mask: Optional; r: Floats },
  dInitial: Optional,
  cell: (at: number, d: number[], last: number[], state: number[]) => Slopes,
  write: (at: number, slopes: Slopes) => void,
): void {
  const { units, states, blocks, rows } = loop;
  const width = states * units;
  const cols = blocks * units;
  const steps = [...stepsOf(loop)].reverse();
  const carries = Array.from({ length: rows }, () => new Array<number>(width).fill(0));
  for (const { i, at, last } of steps) {
    const d = carries[i].map((value, j) => value + dy[at * width + j]);
    const none = new Array<number>(cols).fill(0);
    const slopes: Slopes =
      mask && mask[at] === 0
        ? { dx: none, delta: none, carry: d }
        : cell(at, d, before(loop, y, initial, i, last), block(y, at, width));
    write(at, slopes);
    carries[i] = slopes.carry.map((value, p) => {
      let sum = value;
      if (p < units) for (let j = 0; j < cols; j++) sum += slopes.delta[j] * r[p * cols + j];
      return sum;
    });
  }
  if (dInitial)
    carries.forEach((carry, i) => {
      dInitial.set(carry, i * width);
    });
}

/** The kernels in float64. */
export const recurrent = {
  simpleRnn(
    x: Floats,
    r: Floats,
    initial: Optional,
    mask: Optional,
    y: Floats,
    rows: number,
    time: number,
    units: number,
    relu: number,
    reverse: number,
  ): void {
    const loop = { rows, time, units, reverse, states: 1, blocks: 1 };
    forward(loop, x, initial, mask, y, 0, (own, last) => ({
      state: product(loop, last, r, own).map((sum) => (relu ? Math.max(sum, 0) : Math.tanh(sum))),
      kept: [],
    }));
  },

  simpleRnnBackward(
    dy: Floats,
    y: Floats,
    initial: Optional,
    mask: Optional,
    r: Floats,
    dx: Floats,
    dInitial: Optional,
    rows: number,
    time: number,
    units: number,
    relu: number,
    reverse: number,
  ): void {
    const loop = { rows, time, units, reverse, states: 1, blocks: 1 };
    backward(
      loop,
      { dy, y, initial, mask, r },
      dInitial,
      (_, d, __, state) => {
        const delta = d.map((value, j) => value * (relu ? Number(state[j] > 0) : 1 - state[j] * state[j]));
        return { dx: delta, delta, carry: d.map(() => 0) };
      },
      (at, slopes) => dx.set(slopes.dx, at * units),
    );
  },

  lstm(
    x: Floats,
    r: Floats,
    initial: Optional,
    mask: Optional,
    y: Floats,
    kept: Optional,
    rows: number,
    time: number,
    units: number,
    reverse: number,
    slope: number,
  ): void {
    const loop = { rows, time, units, reverse, states: 2, blocks: 4 };
    forward(loop, x, initial, mask, y, kept, (own, last) => {
      const sum = product(loop, last, r, own);
      const [i, f, o] = [0, 1, 3].map((gate) => block(sum, gate, units).map(gateOf(slope)));
      const g = block(sum, 2, units).map(Math.tanh);
      const c = i.map((value, j) => f[j] * last[units + j] + value * g[j]);
      const h = c.map((value, j) => o[j] * Math.tanh(value));
      return { state: [...h, ...c], kept: [...i, ...f, ...g, ...o] };
    });
  },

  lstmBackward(
    dy: Floats,
    kept: Floats,
    y: Floats,
    initial: Optional,
    mask: Optional,
    r: Floats,
    dx: Floats,
    dInitial: Optional,
    rows: number,
    time: number,
    units: number,
    reverse: number,
    slope: number,
  ): void {
    const loop = { rows, time, units, reverse, states: 2, blocks: 4 };
    // kept and dx may be one array.
    const gates = kept.slice();
    backward(
      loop,
      { dy, y, initial, mask, r },
      dInitial,
      (at, d, last, state) => {
        const [i, f, g, o] = [0, 1, 2, 3].map((gate) => block(gates, at * 4 + gate, units));
        const bent = block(state, 1, units).map(Math.tanh);
        const dc = bent.map((value, j) => d[units + j] + d[j] * o[j] * (1 - value * value));
        const delta = [
          ...dc.map((value, j) => value * g[j] * bendOf(slope)(i[j])),
          ...dc.map((value, j) => value * last[units + j] * bendOf(slope)(f[j])),
          ...dc.map((value, j) => value * i[j] * (1 - g[j] * g[j])),
          ...bent.map((value, j) => d[j] * value * bendOf(slope)(o[j])),
        ];
        return { dx: delta, delta, carry: [...dc.map(() => 0), ...dc.map((value, j) => value * f[j])] };
      },
      (at, slopes) => dx.set(slopes.dx, at * 4 * units),
    );
  },

  gru(
    x: Floats,
    r: Floats,
    rb: Optional,
    initial: Optional,
    mask: Optional,
    y: Floats,
    kept: Optional,
    rows: number,
    time: number,
    units: number,
    reverse: number,
    slope: number,
  ): void {
    const loop = { rows, time, units, reverse, states: 1, blocks: 3 };
    forward(loop, x, initial, mask, y, kept, (own, last) => {
      const sum = product(loop, last, r, rb ? [...rb] : own.map(() => 0));
      const [reset, z] = [0, 1].map((gate) =>
        block(own, gate, units).map((value, j) => gateOf(slope)(value + sum[gate * units + j])),
      );
      const q = block(sum, 2, units);
      const n = block(own, 2, units).map((value, j) => Math.tanh(value + reset[j] * q[j]));
      return {
        state: n.map((value, j) => value + z[j] * (last[j] - value)),
        kept: [...reset, ...z, ...n, ...q],
      };
    });
  },

  gruBackward(
    dy: Floats,
    kept: Floats,
    y: Floats,
    initial: Optional,
    mask: Optional,
    r: Floats,
    dx: Floats,
    dq: Floats,
    dInitial: Optional,
    rows: number,
    time: number,
    units: number,
    reverse: number,
    slope: number,
  ): void {
    const loop = { rows, time, units, reverse, states: 1, blocks: 3 };
    backward(
      loop,
      { dy, y, initial, mask, r },
      dInitial,
      (at, d, last) => {
        const [reset, z, n, q] = [0, 1, 2, 3].map((gate) => block(kept, at * 4 + gate, units));
        const dn = d.map((value, j) => value * (1 - z[j]) * (1 - n[j] * n[j]));
        const dr = dn.map((value, j) => value * q[j] * bendOf(slope)(reset[j]));
        const dz = d.map((value, j) => value * (last[j] - n[j]) * bendOf(slope)(z[j]));
        const dProduct = dn.map((value, j) => value * reset[j]);
        return {
          dx: [...dr, ...dz, ...dn],
          delta: [...dr, ...dz, ...dProduct],
          carry: d.map((value, j) => value * z[j]),
        };
      },
      (at, slopes) => {
        dx.set(slopes.dx, at * 3 * units);
        dq.set(slopes.delta.slice(2 * units), at * units);
      },
    );
  },

  gruResetBefore(
    x: Floats,
    r: Floats,
    initial: Optional,
    mask: Optional,
    y: Floats,
    kept: Optional,
    rows: number,
    time: number,
    units: number,
    reverse: number,
    slope: number,
  ): void {
    const loop = { rows, time, units, reverse, states: 1, blocks: 3 };
    forward(loop, x, initial, mask, y, kept, (own, last) => {
      const sum = product(loop, last, r, own);
      const [reset, z] = [0, 1].map((gate) => block(sum, gate, units).map(gateOf(slope)));
      const inner = last.map((value, j) => reset[j] * value);
      const n = block(product(loop, inner, r, own), 2, units).map(Math.tanh);
      return {
        state: n.map((value, j) => value + z[j] * (last[j] - value)),
        kept: [...reset, ...z, ...n, ...inner],
      };
    });
  },

  gruResetBeforeBackward(
    dy: Floats,
    kept: Floats,
    y: Floats,
    initial: Optional,
    mask: Optional,
    r: Floats,
    dx: Floats,
    dInitial: Optional,
    rows: number,
    time: number,
    units: number,
    reverse: number,
    slope: number,
  ): void {
    const loop = { rows, time, units, reverse, states: 1, blocks: 3 };
    backward(
      loop,
      { dy, y, initial, mask, r },
      dInitial,
      (at, d, last) => {
        const [reset, z, n] = [0, 1, 2].map((gate) => block(kept, at * 4 + gate, units));
        const dn = d.map((value, j) => value * (1 - z[j]) * (1 - n[j] * n[j]));
        const dz = d.map((value, j) => value * (last[j] - n[j]) * bendOf(slope)(z[j]));
        const inner = last.map((_, p) => {
          let sum = 0;
          for (let j = 0; j < units; j++) sum += dn[j] * r[p * 3 * units + 2 * units + j];
          return sum;
        });
        const dr = inner.map((value, j) => value * last[j] * bendOf(slope)(reset[j]));
        return {
          dx: [...dr, ...dz, ...dn],
          // The third block reaches the state through the reset gate.
          delta: [...dr, ...dz, ...dn.map(() => 0)],
          carry: d.map((value, j) => value * z[j] + inner[j] * reset[j]),
        };
      },
      (at, slopes) => dx.set(slopes.dx, at * 3 * units),
    );
  },

  recurrentGradient(
    y: Floats,
    initial: Optional,
    d: Floats,
    dr: Floats,
    rows: number,
    time: number,
    units: number,
    states: number,
    cols: number,
    stride: number,
    drStride: number,
    reverse: number,
    accumulate: number,
  ): void {
    const loop = { rows, time, units, reverse, states, blocks: 1 };
    if (!accumulate) for (let p = 0; p < units; p++) dr.fill(0, p * drStride, p * drStride + cols);
    for (const { i, at, last } of stepsOf(loop)) {
      const h = before(loop, y, initial, i, last);
      for (let p = 0; p < units; p++)
        for (let j = 0; j < cols; j++) dr[p * drStride + j] += h[p] * d[at * stride + j];
    }
  },
};
