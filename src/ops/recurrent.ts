import { ShapeError } from "../core/errors.js";
import type { Kernels } from "../core/kernels.js";
import type { Binding, Gradients, Graph, Node, Op, Step } from "../graph/graph.js";
import { TRAINING } from "../graph/training.js";
import { lastOf, NONE, type Value } from "../graph/value.js";
import { shapeOf } from "./check.js";

/**
 * The cells: those of assembly/cells.ts and assembly/reset-before.ts. A simple recurrent layer has one of two
 * activations.
 */
export type CellName = "simpleRnn" | "simpleRnnRelu" | "lstm" | "gru" | "gruResetBefore";

/** Blocks of `units` numbers of the products and of the state. */
const cells = {
  simpleRnn: { blocks: 1, states: 1 },
  simpleRnnRelu: { blocks: 1, states: 1 },
  lstm: { blocks: 4, states: 2 },
  gru: { blocks: 3, states: 1 },
  gruResetBefore: { blocks: 3, states: 1 },
} as const satisfies Record<CellName, { readonly blocks: number; readonly states: number }>;

/** Blocks of `units` numbers of a cell: of its weights, and of its state, whose first is the output. */
export const blocksOf = (cell: CellName): { readonly blocks: number; readonly states: number } => cells[cell];

interface Attributes {
  readonly cell: CellName;
  readonly time: number;
  readonly units: number;
  /** Whether the steps go from the last to the first. */
  readonly reverse: boolean;
  /** Of the gates: 0 for a sigmoid, else that of a hard sigmoid. */
  readonly slope: number;
}

/** What a recurrent layer reads. */
export interface RecurrentInputs {
  /** X W + b: [time, blocks units]. */
  readonly x: Value;
  /** R: [units, blocks units]. */
  readonly r: Value;
  /** The bias of the product by R, of a GRU: [3 units]. */
  readonly rb?: Value | undefined;
  /** The state before the first step: [states units]. Without, zeros. */
  readonly initial?: Value | undefined;
  /** [time], 0 for a step that keeps the state. Without, all steps are real. */
  readonly mask?: Value | undefined;
}

/**
 * The states after each step, [time, states units]: y(t) = cell(x(t), y(t - 1)). Each step stands where its
 * input does, in reverse too. @throws ShapeError
 */
export function recurrent(
  graph: Graph,
  cell: CellName,
  { x, r, rb = NONE, initial = NONE, mask = NONE }: RecurrentInputs,
  reverse: boolean,
  slope = 0,
): Value {
  const { blocks, states } = cells[cell];
  const [time, cols] = x.shape;
  const units = cols / blocks;
  if (
    x.shape.length !== 2 ||
    r.shape.join() !== [units, cols].join() ||
    (rb !== NONE && rb.size !== cols) ||
    (initial !== NONE && initial.size !== states * units) ||
    (mask !== NONE && mask.size !== time)
  )
    throw new ShapeError(
      `${cell} expected x [time, ${blocks} units], weights [units, ${blocks} units], an initial state [${states} units] and a mask [time], got ${[x, r, initial, mask].map(shapeOf).join(", ")}`,
    );
  const attributes = { cell, time, units, reverse, slope };
  return graph.emit(recurrentOp, [x, r, rb, initial, mask], [time, states * units], attributes);
}

const scratchOf = ({ cell, units }: Attributes, rows: number, kernels: Kernels): number =>
  cell === "gruResetBefore"
    ? kernels.gruResetBeforeWorkspace(rows, units)
    : kernels.recurrentWorkspace(rows, units, cells[cell].blocks, cells[cell].states);

const recurrentOp: Op<Attributes> = {
  name: "recurrent",
  bind({ inputs: [x, r, rb, initial, mask], outputs: [y, kept = NONE], attributes }, to) {
    const { kernels, at, scratch } = to;
    const { cell, time, units, slope } = attributes;
    const reverse = attributes.reverse ? 1 : 0;
    const { simpleRnn, lstm, gru, gruResetBefore } = kernels;
    if (cell === "lstm")
      return function lstmStep(rows) {
        lstm(
          at[x.id],
          at[r.id],
          at[initial.id],
          at[mask.id],
          at[y.id],
          at[kept.id],
          rows,
          time,
          units,
          reverse,
          slope,
          at[scratch],
        );
      };
    if (cell === "gru")
      return function gruStep(rows) {
        gru(
          at[x.id],
          at[r.id],
          at[rb.id],
          at[initial.id],
          at[mask.id],
          at[y.id],
          at[kept.id],
          rows,
          time,
          units,
          reverse,
          slope,
          at[scratch],
        );
      };
    if (cell === "gruResetBefore")
      return function gruResetBeforeStep(rows) {
        gruResetBefore(
          at[x.id],
          at[r.id],
          at[initial.id],
          at[mask.id],
          at[y.id],
          at[kept.id],
          rows,
          time,
          units,
          reverse,
          slope,
          at[scratch],
        );
      };
    const relu = cell === "simpleRnnRelu" ? 1 : 0;
    return function simpleRnnStep(rows) {
      simpleRnn(
        at[x.id],
        at[r.id],
        at[initial.id],
        at[mask.id],
        at[y.id],
        rows,
        time,
        units,
        relu,
        reverse,
        at[scratch],
      );
    };
  },
  scratch: ({ attributes }, rows, kernels) => scratchOf(attributes, rows, kernels),
  work: ({ inputs: [x], attributes: { units } }) => x.size * units,
  backward: TRAINING ? backward : undefined,
};

function backward(g: Gradients, node: Node<unknown>, dy: Value): void {
  const { inputs, outputs, attributes } = node as Node<Attributes>;
  const [x, r, rb, initial, mask] = inputs;
  const { cell, time, units } = attributes;
  const { graph } = g;
  const [y] = outputs;
  const kept = cells[cell].blocks > 1 ? graph.keep(node, 1, [time, 4 * units]) : NONE;
  const dx = graph.value("activation", x.shape, x.batched);
  const dInitial = g.needs(initial) ? graph.value("activation", initial.shape, initial.batched) : NONE;
  const dq = cell === "gru" ? graph.value("activation", [time, units], true) : NONE;
  const outs = cell === "gru" ? [dx, dInitial, dq] : [dx, dInitial];
  graph.append(gradientOf(cell), [dy, kept, y, initial, mask, r], outs, attributes);
  g.pass(x, dx);
  if (dInitial !== NONE) g.pass(initial, dInitial);
  // Of a reset gate before the product, that takes r h' in the place of h'.
  const inner = cell === "gruResetBefore" ? kept : NONE;
  g.into(r, weightGradientOp, [y, initial, dx, dq, inner], attributes);
  g.into(rb, biasGradientOp, [dx, dq], attributes);
}

/** dx, dInitial and, of a GRU, the gradient of its third product. */
function gradientOf(cell: CellName): Op<Attributes> {
  if (cell === "lstm") return lstmGradientOp;
  if (cell === "gru") return gruGradientOp;
  return cell === "gruResetBefore" ? resetBeforeGradientOp : simpleRnnGradientOp;
}

const scratch = ({ attributes }: Node<Attributes>, rows: number, kernels: Kernels): number =>
  scratchOf(attributes, rows, kernels);
const work = ({ outputs: [dx], attributes: { units } }: Node<Attributes>): number => dx.size * units;

const simpleRnnGradientOp: Op<Attributes> = {
  name: "simpleRnnGradient",
  inPlace: [0],
  bind({ inputs: [dy, , y, initial, mask, r], outputs: [dx, dInitial], attributes }, to): Step {
    const { kernels, at, scratch } = to;
    const { simpleRnnBackward } = kernels;
    const { cell, time, units } = attributes;
    const [relu, reverse] = [cell === "simpleRnnRelu" ? 1 : 0, attributes.reverse ? 1 : 0];
    return function simpleRnnGradient(rows) {
      simpleRnnBackward(
        at[dy.id],
        at[y.id],
        at[initial.id],
        at[mask.id],
        at[r.id],
        at[dx.id],
        at[dInitial.id],
        rows,
        time,
        units,
        relu,
        reverse,
        at[scratch],
      );
    };
  },
  scratch,
  work,
};

const lstmGradientOp: Op<Attributes> = {
  name: "lstmGradient",
  inPlace: [1],
  bind({ inputs: [dy, kept, y, initial, mask, r], outputs: [dx, dInitial], attributes }, to): Step {
    const { kernels, at, scratch } = to;
    const { lstmBackward } = kernels;
    const { time, units, slope } = attributes;
    const reverse = attributes.reverse ? 1 : 0;
    return function lstmGradient(rows) {
      lstmBackward(
        at[dy.id],
        at[kept.id],
        at[y.id],
        at[initial.id],
        at[mask.id],
        at[r.id],
        at[dx.id],
        at[dInitial.id],
        rows,
        time,
        units,
        reverse,
        slope,
        at[scratch],
      );
    };
  },
  scratch,
  work,
};

const gruGradientOp: Op<Attributes> = {
  name: "gruGradient",
  bind({ inputs: [dy, kept, y, initial, mask, r], outputs: [dx, dInitial, dq], attributes }, to): Step {
    const { kernels, at, scratch } = to;
    const { gruBackward } = kernels;
    const { time, units, slope } = attributes;
    const reverse = attributes.reverse ? 1 : 0;
    return function gruGradient(rows) {
      gruBackward(
        at[dy.id],
        at[kept.id],
        at[y.id],
        at[initial.id],
        at[mask.id],
        at[r.id],
        at[dx.id],
        at[dq.id],
        at[dInitial.id],
        rows,
        time,
        units,
        reverse,
        slope,
        at[scratch],
      );
    };
  },
  scratch,
  work,
};

const resetBeforeGradientOp: Op<Attributes> = {
  name: "gruResetBeforeGradient",
  bind({ inputs: [dy, kept, y, initial, mask, r], outputs: [dx, dInitial], attributes }, to): Step {
    const { kernels, at, scratch } = to;
    const { gruResetBeforeBackward } = kernels;
    const { time, units, slope } = attributes;
    const reverse = attributes.reverse ? 1 : 0;
    return function gruResetBeforeGradient(rows) {
      gruResetBeforeBackward(
        at[dy.id],
        at[kept.id],
        at[y.id],
        at[initial.id],
        at[mask.id],
        at[r.id],
        at[dx.id],
        at[dInitial.id],
        rows,
        time,
        units,
        reverse,
        slope,
        at[scratch],
      );
    };
  },
  scratch,
  work,
};

/**
 * dR[units, blocks units] = the sum over samples and steps of h(t - 1)^T d(t), or added to it. Of a GRU the
 * third block has a gradient of its own.
 */
const weightGradientOp: Op<Attributes> = {
  name: "recurrentWeightGradient",
  accumulates: true,
  bind({ inputs: [y, initial, dx, dq, inner], outputs: [dr], attributes, adds }, to: Binding): Step {
    const { kernels, at, scratch } = to;
    const { gemm, recurrentGradient } = kernels;
    const { cell, time, units } = attributes;
    const { states } = cells[cell];
    const reverse = attributes.reverse ? 1 : 0;
    const stride = lastOf(dx.shape);
    const cols = dq === NONE && inner === NONE ? stride : 2 * units;
    return function recurrentWeightGradient(rows) {
      const sum = (d: number, to: number, count: number, dStride: number): void =>
        recurrentGradient(
          at[y.id],
          at[initial.id],
          d,
          to,
          rows,
          time,
          units,
          states,
          count,
          dStride,
          stride,
          reverse,
          adds,
          at[scratch],
        );
      sum(at[dx.id], at[dr.id], cols, stride);
      if (dq !== NONE) sum(at[dq.id], at[dr.id] + 4 * cols, units, units);
      if (inner === NONE) return;
      const [to, k, width] = [at[dr.id] + 4 * cols, rows * time, 4 * units];
      gemm(
        at[inner.id] + 4 * 3 * units,
        at[dx.id] + 4 * cols,
        to,
        adds ? to : 0,
        units,
        units,
        k,
        width,
        stride,
        stride,
        stride,
        1,
        0,
        at[scratch],
      );
    };
  },
  scratch: ({ attributes: { cell, time, units } }, rows, kernels) =>
    kernels.recurrentGradientWorkspace(rows, time, units, cells[cell].blocks * units),
  work: ({ inputs: [, , dx], attributes: { units } }) => dx.size * units,
};

/** drb[3 units] of a GRU, or added to it: the sums of dx, and of dq in the third block. */
const biasGradientOp: Op<Attributes> = {
  name: "gruBiasGradient",
  accumulates: true,
  bind(
    { inputs: [dx, dq], outputs: [db], attributes: { time, units }, adds },
    { kernels, at, scratch },
  ): Step {
    const { add, copyRows, sumRows } = kernels;
    return function gruBiasGradient(rows) {
      const [room, to] = [at[scratch], at[db.id]];
      sumRows(at[dx.id], room, rows * time, 3 * units, 0, 3 * units);
      sumRows(at[dq.id], room + 8 * units, rows * time, units, 0, units);
      if (adds) add(to, room, to, 3 * units);
      else copyRows(room, to, 1, 3 * units, 3 * units, 3 * units);
    };
  },
  scratch: ({ attributes: { units } }) => 12 * units,
  work: ({ inputs: [dx] }) => dx.size,
};
