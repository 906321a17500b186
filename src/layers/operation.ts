import { checkCount, checkInteger, checkNumber } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import type { Graph } from "../graph/graph.js";
import type { Value } from "../graph/value.js";
import { add } from "../ops/add.js";
import { addRow } from "../ops/add-row.js";
import { concatenate } from "../ops/concatenate.js";
import { matmul } from "../ops/matmul.js";
import { multiply } from "../ops/multiply.js";
import { average, scale } from "../ops/scale.js";
import { slice } from "../ops/slice.js";
import { subtract } from "../ops/subtract.js";
import { timeStep } from "../ops/time-step.js";
import { checkLayerOptions, Layer, type LayerConfig } from "./layer.js";
import type { Scope, TracedTensor } from "./scope.js";

interface Operation {
  /** How many inputs it takes: the least, and the most where there is one. */
  readonly inputs: readonly [least: number, most: number];
  emit(graph: Graph, inputs: readonly Value[], config: LayerConfig): Value;
  /** @throws ValueError for attributes out of range */
  check?(config: LayerConfig): void;
}

const ANY = Number.POSITIVE_INFINITY;

/** Operations that are layers by themselves: they join tensors, or take a part of one. */
const operations = {
  add: { inputs: [2, ANY], emit: (graph, inputs) => inputs.reduce((a, b) => add(graph, a, b)) },
  subtract: { inputs: [2, 2], emit: (graph, [a, b]) => subtract(graph, a, b) },
  multiply: { inputs: [2, ANY], emit: (graph, inputs) => inputs.reduce((a, b) => multiply(graph, a, b)) },
  average: { inputs: [2, ANY], emit: average },
  concatenate: { inputs: [2, ANY], emit: concatenate },
  scale: {
    inputs: [1, 1],
    emit: (graph, [x], { factor }) => scale(graph, x, factor as number),
    check: ({ factor }) => checkNumber("scale", "factor", factor, Number.NEGATIVE_INFINITY),
  },
  slice: {
    inputs: [1, 1],
    emit: (graph, [x], { begin, end }) => slice(graph, x, begin as number, end as number),
    check: ({ begin, end }) => {
      checkCount("slice", "begin", begin, 0);
      checkCount("slice", "end", end);
    },
  },
  timeStep: {
    inputs: [1, 1],
    emit: (graph, [x], { index }) => timeStep(graph, x, index as number),
    check: ({ index }) => checkInteger("timeStep", "index", index),
  },
  matmul: { inputs: [2, 2], emit: (graph, [x, w]) => matmul(graph, x, unbatched("matmul", w)) },
  addRow: { inputs: [2, 2], emit: (graph, [x, b]) => addRow(graph, x, unbatched("addRow", b)) },
} as const satisfies Record<string, Operation>;

/** Those that any axis may be the time of. The others work on the last axis. */
const elementwise: ReadonlySet<string> = new Set(["add", "subtract", "multiply", "average", "scale"]);

export type OperationName = keyof typeof operations;

/** @internal The names of the operations, which are their types in files. */
export const operationNames = (): OperationName[] => Object.keys(operations) as OperationName[];

/** @throws ValueError for a value with one row a sample */
function unbatched(who: string, value: Value): Value {
  if (!value.batched) return value;
  throw new ValueError(
    `${who} expected a parameter of a composed layer as its second argument, got a tensor with a row for each sample; ${who === "matmul" ? "use dense to multiply by weights" : "use add for tensors of one shape"}`,
  );
}

/** The layer of an operation, from its name or from a model file. @throws ValueError */
export function operationFrom(config: LayerConfig): Layer {
  checkLayerOptions(config);
  const operation: Operation = operations[config.type as OperationName];
  operation.check?.(config);
  return new OperationLayer(config, operation);
}

class OperationLayer extends Layer {
  constructor(
    override readonly config: LayerConfig,
    private readonly operation: Operation,
  ) {
    super();
  }

  override get arity(): readonly [least: number, most: number] {
    return this.operation.inputs;
  }

  override isStepwise([input]: readonly (readonly number[])[]): boolean {
    return this.config.type !== "timeStep" && (elementwise.has(this.config.type) || input.length > 1);
  }

  override build({ graph }: Scope, inputs: readonly TracedTensor[]): TracedTensor {
    const { config, operation } = this;
    const y = operation.emit(
      graph,
      inputs.map(({ value }) => value),
      config,
    );
    const mask = config.type === "timeStep" ? undefined : inputs.find(({ mask }) => mask)?.mask;
    return inputs[0].to(y, { mask });
  }

  /** @internal */
  get [Symbol.toStringTag](): string {
    return "OperationLayer";
  }
}
