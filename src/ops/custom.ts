import type { Host } from "../core/host.js";
import type { Pointer } from "../core/kernels.js";
import type { Graph, Op } from "../graph/graph.js";
import { TRAINING } from "../graph/training.js";
import { NONE, type Value } from "../graph/value.js";

/** Views of linear memory, row-major, good until the call returns or allocates in this backend. */
export interface CustomPass {
  /** Samples in the batch. */
  readonly rows: number;
  /** The input, [rows, ...input shape]. */
  readonly x: Float32Array;
  /** The output, [rows, ...output shape]. */
  readonly y: Float32Array;
  /** The parameters by their names. */
  readonly parameters: Readonly<Record<string, Float32Array>>;
}

/** An operation in JavaScript. */
export interface CustomFunctions {
  /** y = f(x): writes every element of y. `training`: whether a backward may follow. */
  forward(pass: CustomPass & { readonly training: boolean }): void;
  /**
   * From dy, which it must not write: writes every element of dx unless that is undefined, and adds to the
   * gradients of the parameters.
   */
  backward(
    pass: CustomPass & {
      readonly dy: Float32Array;
      readonly dx: Float32Array | undefined;
      readonly gradients: Readonly<Record<string, Float32Array>>;
    },
  ): void;
}

interface Attributes {
  readonly functions: CustomFunctions;
  readonly training: boolean;
  /** The names of the parameters, in the order of the node's inputs. */
  readonly names: readonly string[];
}

/** y = f(x; parameters), computed by functions in JavaScript. x has one value a sample. */
export function custom(
  graph: Graph,
  functions: CustomFunctions,
  x: Value,
  shape: readonly number[],
  parameters: Readonly<Record<string, Value>>,
  training: boolean,
): Value {
  const attributes = { functions, training, names: Object.keys(parameters) };
  return graph.emit(customOp, [x, ...Object.values(parameters)], shape, attributes);
}

const customOp: Op<Attributes> = {
  name: "custom",
  bind({ inputs: [x, ...tensors], outputs: [y], attributes }, { backend, at }) {
    const { functions, training, names } = attributes;
    return function custom(rows) {
      functions.forward({
        rows,
        x: view(backend, at[x.id], x, rows),
        y: view(backend, at[y.id], y, rows),
        parameters: byName(names, (i) => view(backend, at[tensors[i].id], tensors[i], rows)),
        training,
      });
    };
  },
  backward: TRAINING
    ? (g, { inputs: [x, ...tensors], outputs: [y], attributes }, dy) =>
        g.intoAll([x, ...tensors], customGradientOp, [x, y, dy, ...tensors], attributes)
    : undefined,
};

/**
 * The gradients of x and of the parameters at once. The functions always get memory for the gradient of a
 * parameter: where nobody needs it, that is scratch.
 */
const customGradientOp: Op<Attributes> = {
  name: "customGradient",
  accumulates: true,
  bind(
    { inputs: [x, y, dy, ...tensors], outputs: [dx, ...gradients], attributes, adds },
    { backend, at, scratch },
  ) {
    const { functions, names } = attributes;
    const unneeded = offsets(tensors, gradients);
    return function customGradient(rows) {
      const views = byName(names, (i) => {
        const needed = gradients[i] !== NONE;
        const address = needed ? at[gradients[i].id] : at[scratch] + unneeded[i];
        const gradient = view(backend, address, tensors[i], rows);
        return needed && adds ? gradient : gradient.fill(0);
      });
      functions.backward({
        rows,
        x: view(backend, at[x.id], x, rows),
        y: view(backend, at[y.id], y, rows),
        parameters: byName(names, (i) => view(backend, at[tensors[i].id], tensors[i], rows)),
        dy: view(backend, at[dy.id], dy, rows),
        dx: dx === NONE ? undefined : view(backend, at[dx.id], dx, rows),
        gradients: views,
      });
    };
  },
  scratch({ inputs: [, , , ...tensors], outputs: [, ...gradients] }) {
    return offsets(tensors, gradients)[tensors.length];
  },
};

/** Where each gradient that nobody needs begins in the scratch, and at last the bytes of all. */
function offsets(tensors: readonly Value[], gradients: readonly Value[]): number[] {
  let bytes = 0;
  const begins = tensors.map(({ size }, i) => {
    const begin = bytes;
    if (gradients[i] === NONE) bytes += 4 * size;
    return begin;
  });
  return [...begins, bytes];
}

const view = (backend: Host, address: Pointer, { size, batched }: Value, rows: number): Float32Array =>
  backend.floats(address, batched ? rows * size : size);

const byName = <T>(names: readonly string[], of: (i: number) => T): Record<string, T> =>
  Object.fromEntries(names.map((name, i) => [name, of(i)]));
