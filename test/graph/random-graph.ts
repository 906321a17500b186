import { Graph } from "../../src/graph/graph.js";
import type { Value } from "../../src/graph/value.js";
import { activation } from "../../src/ops/activation.js";
import { elementwiseActivations } from "../../src/ops/activation-kinds.js";
import { add } from "../../src/ops/add.js";
import { concatenate } from "../../src/ops/concatenate.js";
import { matmul } from "../../src/ops/matmul.js";
import { multiply } from "../../src/ops/multiply.js";
import { dropout, gaussianNoise } from "../../src/ops/random.js";
import { flatten, reshape } from "../../src/ops/reshape.js";
import { average, scale } from "../../src/ops/scale.js";
import { slice } from "../../src/ops/slice.js";
import { logSoftmax, softmax } from "../../src/ops/softmax.js";
import { standardize } from "../../src/ops/standardize.js";
import type { Random } from "../support/random.js";
import type { Traced } from "./session.js";

/** A traced network with buffers, whose values the test has to write. */
export interface RandomGraph extends Traced {
  readonly buffers: readonly Value[];
}

const names = elementwiseActivations();

/**
 * A network of any operations on any values before them: fan-out, skips, layers that are used twice, two
 * inputs, and one to three outputs, of which some may be inputs of others.
 */
export function randomGraph(random: Random, operations: number): RandomGraph {
  const graph = new Graph();
  const pick = <T>(list: readonly T[]): T => list[random.integer(list.length)];
  const inputs = [graph.input([1 + random.integer(6)]), graph.input([2, 1 + random.integer(4)])];
  const parameters: Value[] = [];
  const buffers: Value[] = [];
  const values: Value[] = [...inputs];
  const layers: { w: Value; b: Value | undefined }[] = [];
  const last = ({ shape }: Value): number => shape[shape.length - 1];
  const parameter = (shape: readonly number[]): Value => {
    const value = graph.parameter(shape);
    parameters.push(value);
    return value;
  };

  function dense(x: Value): Value {
    const shared = layers.filter(({ w }) => w.shape[0] === last(x));
    if (shared.length > 0 && random.integer(2) === 0) {
      const { w, b } = pick(shared);
      return matmul(graph, x, w, b);
    }
    const units = 1 + random.integer(6);
    const w = parameter([last(x), units]);
    const b = random.integer(3) > 0 ? parameter([units]) : undefined;
    layers.push({ w, b });
    return matmul(graph, x, w, b);
  }

  /** Another value of the shape, or a new one that is computed from x. */
  function partner(x: Value): Value {
    const alike = values.filter(({ shape }) => shape.join() === x.shape.join());
    return random.integer(4) > 0 ? pick(alike) : activation(graph, x, "tanh");
  }

  const makers: ((x: Value) => Value)[] = [
    dense,
    dense,
    (x) => activation(graph, x, pick(names)),
    (x) => activation(graph, x, pick(names)),
    (x) => softmax(graph, x),
    (x) => logSoftmax(graph, x),
    (x) => add(graph, x, partner(x)),
    (x) => multiply(graph, x, partner(x)),
    (x) => scale(graph, x, random.float()),
    (x) => average(graph, [x, partner(x), partner(x)]),
    (x) => {
      const leading = (value: Value): string => value.shape.slice(0, -1).join();
      return concatenate(graph, [x, pick(values.filter((value) => leading(value) === leading(x)))]);
    },
    (x) => {
      const begin = random.integer(last(x));
      return slice(graph, x, begin, begin + 1 + random.integer(last(x) - begin));
    },
    (x) =>
      x.shape.length > 1 ? flatten(graph, x) : x.size % 2 === 0 ? reshape(graph, x, [2, x.size / 2]) : x,
    (x) => {
      const rows = [graph.buffer([x.size]), graph.buffer([x.size])];
      buffers.push(...rows);
      return standardize(graph, x, rows[0], rows[1]);
    },
    (x) => dropout(graph, x, 0.4, Uint32Array.of(random.word(), random.word())),
    (x) => gaussianNoise(graph, x, 0.3, Uint32Array.of(random.word(), random.word())),
  ];
  for (let i = 0; i < operations; i++) {
    // Mostly of late values, so that the network is deep.
    const from = random.integer(3) === 0 ? 0 : Math.max(0, values.length - 3);
    const value = pick(makers)(values[from + random.integer(values.length - from)]);
    if (value.size <= 24) values.push(value);
  }
  const outputs = [values[values.length - 1]];
  for (let i = random.integer(3); i > 0; i--) outputs.push(pick(values));
  return { graph, inputs, parameters, outputs, buffers };
}

export const numbers = (random: Random, n: number): number[] => Array.from(random.floats(n));
