import { describe, expect, it } from "vitest";
import {
  add,
  concatenate,
  createBackendSync,
  dense,
  flatten,
  input,
  Model,
  type ModelOptions,
  matmul,
  ShapeError,
  scale,
  slice,
  subtract,
  type Tensor,
  ValueError,
} from "../../src/index.js";

/** Errors of the functional API say who, what was expected, what came, and what to do. */
const backend = createBackendSync();
const matrix = backend.matrix(2, 2);
const not = <T>(value: unknown): T => value as T;

const applying: [string, () => unknown, typeof ShapeError | typeof ValueError, string][] = [
  [
    "shapes that differ in add",
    () => add(input(2), input(3)),
    ShapeError,
    "add expected tensors of one shape, got [batch, 2] and [batch, 3]",
  ],
  [
    "shapes that differ in a layer with a name",
    () => add({ name: "sum" }).apply([input(2), input(3)]),
    ShapeError,
    'layer "sum": add expected tensors of one shape, got [batch, 2] and [batch, 3]',
  ],
  [
    "shapes that differ before the last axis in concatenate",
    () => concatenate(input([2, 3]), input([3, 3])),
    ShapeError,
    "concatenate expected tensors that differ in their last axis alone, got [batch, 2, 3], [batch, 3, 3]",
  ],
  [
    "one tensor for two",
    () => add(not<Tensor[]>(input(2))),
    ValueError,
    "add expected at least 2 tensors, got 1",
  ],
  ["no tensors", () => add([]), ValueError, "add expected at least 2 tensors, got 0"],
  [
    "three for two",
    () => not<(...all: Tensor[]) => Tensor>(subtract)(input(2)),
    ValueError,
    "subtract expected a tensor",
  ],
  [
    "two tensors for a layer of one",
    () => dense(3, { name: "hidden" }).apply([input(2), input(2)]),
    ValueError,
    'dense "hidden" expected 1 tensor, got 2; join several by add, concatenate or the like first',
  ],
  [
    "two tensors for flatten",
    () => flatten().apply([input(2), input(2)]),
    ValueError,
    "flatten expected 1 tensor, got 2",
  ],
  [
    "a matrix for a tensor",
    () => dense(1).apply(not(matrix)),
    ValueError,
    "dense expected a tensor, from input(shape) or layer.apply(tensor), or an array of them, got Matrix",
  ],
  ["nothing", () => dense(1).apply(not(undefined)), ValueError, "or an array of them, got undefined"],
  ["a matrix with a tensor", () => add(input(2), not(matrix)), ValueError, "add expected a tensor"],
  ["a tensor with a matrix", () => add(matrix, not(input(2))), ValueError, "add expected a Matrix, got"],
  [
    "a tensor of samples as weights",
    () => matmul(input(2), input([2, 3])),
    ValueError,
    "matmul expected a parameter of a composed layer as its second argument, got a tensor with a row for each sample; use dense to multiply by weights",
  ],
  [
    "a part that is not there",
    () => slice(input(2), 1, 5),
    ShapeError,
    "slice expected a part of the last axis of [2], got 1 to 5",
  ],
  [
    "a factor that is no number",
    () => scale(input(2), Number.NaN),
    ValueError,
    "scale expected factor to be a finite number, got NaN",
  ],
  ["more elements than can be counted", () => input([2 ** 30, 2 ** 30]), ShapeError, "has too many elements"],
  [
    "options of no layer",
    () => add(not({ units: 3 })),
    ValueError,
    'add: unknown option "units"; known are name',
  ],
];

it.each(applying)("layers and operations refuse %s", (_, apply, type, message) => {
  expect(apply).toThrow(type);
  expect(apply).toThrow(message);
});

const a = input(2, { name: "a" });
const price = input(3, { name: "price" });
const twice = dense(3);
const named = dense(1, { name: "head" });

const making: [string, Partial<ModelOptions<Tensor | Tensor[]>>, string][] = [
  [
    "an input that nothing needs",
    { inputs: [a, price], outputs: dense(1).apply(a) },
    "network expected inputs that an output depends on, got price [batch, 3], which none does; use it, or leave it out of inputs",
  ],
  [
    "an input that is missing",
    { inputs: a, outputs: concatenate(a, price) },
    "network expected outputs that its inputs give, got one that needs the input price [batch, 3], which is not among inputs; add it there",
  ],
  [
    "an input twice",
    { inputs: [a, a], outputs: a },
    "network expected each input once, got one twice in inputs",
  ],
  [
    "inputs of one name",
    { inputs: [a, input(2, { name: "a" })].slice(0, 2), outputs: a },
    'network expected inputs of different names, got two called "a"; pass input() other names',
  ],
  [
    "outputs of one name",
    { inputs: a, outputs: [named.apply(a), named.apply(a), dense(1, { name: "head0" }).apply(a)] },
    'network expected outputs of different names, got two called "head0"; give their layers other names',
  ],
  [
    "a layer as output",
    { inputs: a, outputs: not(dense(1)) },
    "network expected outputs to be tensors from layer.apply(tensor), got",
  ],
  [
    "no outputs",
    { inputs: a },
    "network expected outputs to be tensors from layer.apply(tensor), got undefined",
  ],
  [
    "an output as input",
    { inputs: dense(2).apply(a), outputs: a },
    "network expected inputs to be tensors from input(shape), got",
  ],
  ["no tensors", { inputs: [], outputs: a }, "network expected at least one tensor in inputs, got none"],
  [
    "a shared layer on another shape",
    { inputs: [a, price], outputs: add(twice.apply(a), twice.apply(price)) },
    "0.weight has the shape [2, 3] from the layer's first use, and would need [3, 3] here: a layer that is used again takes inputs of the same shape",
  ],
  [
    "two layers of one name",
    { inputs: a, outputs: dense(2, { name: "x" }).apply(dense(2, { name: "x" }).apply(a)) },
    "network: two tensors are called x.weight; give the layers different names",
  ],
  [
    "labels for several outputs",
    { inputs: a, outputs: [a, a], labels: ["x", "y"] },
    "network expected labels for a model with one output, got 2 outputs",
  ],
];

it.each(making)("a model refuses %s", (_, options, message) => {
  expect(() => new Model(backend, options as ModelOptions<Tensor | Tensor[]>)).toThrow(message);
});

describe("a model of two inputs and two outputs refuses", () => {
  const h = concatenate(a, price);
  const model = new Model(backend, {
    inputs: [a, price],
    outputs: [
      dense(1, { name: "value" }).apply(h),
      dense(3, { name: "kind", activation: "softmax" }).apply(h),
    ],
  });
  const [A, P] = [new Float32Array(8), new Float32Array(12)];
  const x = [A, P];
  const y = [
    [1, 2, 3, 4],
    [0, 1, 2, 0],
  ];
  const loss = ["meanSquaredError", "categoricalCrossEntropy"] as const;
  const forInputs = "the model expected samples for each of its inputs,";
  const cases: [string, () => unknown, string][] = [
    [
      "one input",
      () => model.predict(A),
      `${forInputs} an array of 2 or an object with a, price, got Float32Array of length 8`,
    ],
    [
      "an input that is missing",
      () => model.predict({ a: A }),
      `${forInputs} an object with a, price, got one without price`,
    ],
    [
      "an input of another name",
      () => model.predict({ a: A, prize: P }),
      `${forInputs} an object with a, price, got one without price and with "prize"`,
    ],
    [
      "inputs of other numbers of samples",
      () => model.predict([A, P.subarray(3)]),
      "the model expected as many samples for each input, got 4 for a and 3 for price",
    ],
    [
      "samples of another size",
      () => model.predict([[[1]], [[1, 2, 3]]]),
      "input a expected input [batch, 2], got 1 values in row 0 of 1",
    ],
    [
      "samples of another size for the second input",
      () => model.predict([[[1, 2]], [[1, 2]]]),
      "input price expected input [batch, 3], got 2 values in row 0 of 1",
    ],
    [
      "predictClasses",
      () => model.predictClasses(x),
      "predictClasses expected a model with one output, got 2 outputs; use predict",
    ],
    [
      "out of another length",
      () => model.predict(x, { out: [new Float32Array(4)] }),
      "predict expected out to be an array of 2 Float32Array",
    ],
    [
      "targets that are missing",
      () => model.evaluate(x, not({ value: y[0] }), { loss }),
      "evaluate expected targets for each output, an object with value, kind, got one without kind",
    ],
    [
      "one loss for all",
      () => model.evaluate(x, y, { loss: "huber" }),
      'evaluate expected a loss for each output, an array of 2 or an object with value, kind, got "huber"',
    ],
    [
      "a loss of another name",
      () => model.evaluate(x, y, { loss: { value: "huber", kin: "huber" } }),
      'evaluate expected a loss for each output, an object with value, kind, got one without kind and with "kin"',
    ],
    [
      "fewer targets than samples",
      () => model.evaluate(x, [[1, 2, 3, 4], [0]], { loss }),
      "evaluate: output kind expected as many targets as inputs, got 1 for 4",
    ],
    [
      "a weight below 0",
      () => model.evaluate(x, y, { loss, lossWeights: { kind: -1 } }),
      "evaluate expected lossWeights of kind to be a finite number of at least 0, got -1",
    ],
    [
      "metrics in one list",
      () => model.evaluate(x, y, { loss, metrics: ["accuracy"] }),
      "evaluate expected metrics for each output, an array of 2 or an object with value, kind, got an array of length 1",
    ],
    [
      "a metric of another kind of output",
      () => model.evaluate(x, y, { loss, metrics: { value: ["accuracy"] } }),
      "evaluate: output value: accuracy expected answers that are right or wrong",
    ],
    [
      "names as targets",
      () => model.evaluate(x, [y[0], not<number[]>(["x", "y", "x", "y"])], { loss }),
      'evaluate: output kind expected numbers as targets, got "x" at row 0',
    ],
    [
      "weights of classes",
      () => model.evaluate(x, y, { loss, classWeights: [1, 2, 3] }),
      "evaluate expected sampleWeights instead of classWeights for 2 outputs",
    ],
    [
      "a gradient for one output only",
      () => {
        const [value] = model.forward(x, { training: true });
        model.backward([value]);
      },
      "backward expected a gradient for each of 2 outputs, got an array of length 1",
    ],
  ];

  it.each(cases)("%s", (_, run, message) => {
    expect(run).toThrow(message);
  });
});
