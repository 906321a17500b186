const torch = ["test/formats/torch-recurrent.test.ts"];
const tfjs = ["test/formats/tfjs-recurrent.test.ts"];
const onnx = ["test/formats/onnx/recurrent.test.ts"];

/** Mutants of recurrent layers in the formats of other libraries. */
export const recurrentFormats = [
  {
    file: "src/files/torch-layers.ts",
    tests: torch,
    changes: {
      "a recurrent kernel as it is": [
        "return { ...same, shape: [...shape].reverse(), turned: { sizes: shape, axes: [1, 0] } };",
        "return { ...same, shape: [...shape].reverse() };",
      ],
      "both directions under one name": ['isBack ? "_reverse" : ""', '""'],
      "a sum of a GRU's third gate": [
        'type === "gru" ? 2 * (units as number) : Number.POSITIVE_INFINITY',
        "Number.POSITIVE_INFINITY",
      ],
    },
  },
  {
    file: "src/files/load-weights.ts",
    tests: torch,
    changes: {
      "one bias in the place of two": [
        "for (const [i, value] of values.entries()) to[i] += value;",
        "to.set(values);",
      ],
      "a third gate that is not zero": ["i >= zeroFrom && value !== 0", "false"],
      "layers of a module in any order": ["group: module.module,", ""],
      "the second layer with the first one's name": ["module.layer > 0 || ", ""],
    },
  },
  {
    file: "src/interop/tfjs/layers/recurrent.ts",
    tests: tfjs,
    changes: {
      "the gates of a GRU in Keras's order": ["order: [1, 0, 2]", "order: [0, 1, 2]"],
      "sigmoid for hard_sigmoid": ['word === "sigmoid" ? {}', 'word !== "" ? {}'],
      "a reset gate behind the product": ['type === "GRU" && !resetsAfter(config) && {', "false && {"],
      "one bias of a GRU": [
        "recurrentBias: biases?.subarray(cols)",
        "recurrentBias: biases?.subarray(0, cols)",
      ],
      "layers that do not agree": [
        'if (JSON.stringify(back.at("config").at(name).value) !== JSON.stringify(own.at(name).value))',
        "if (false)",
      ],
      "sequences from the last step": [
        'if (reverse && config.at("return_sequences").flag(false))',
        "if (false)",
      ],
    },
  },
  {
    file: "src/interop/tfjs/weights.ts",
    tests: tfjs,
    changes: {
      "cells that stay in names": ["i !== parts.length - 2 || !CELL.test(part)", "true"],
      "directions of one name": ["? -3 : -2", "? -2 : -2"],
    },
  },
  {
    file: "src/interop/tfjs/export/recurrent.ts",
    tests: tfjs,
    changes: {
      "the first bias alone": ["value + more.values[i]", "value"],
      "a step from the end": ["index < 0 ? index + time : index", "Math.abs(index)"],
      "sequences in reverse": ["if (reverse && config.returnSequences === true)", "if (false)"],
    },
  },
  {
    file: "src/interop/onnx/operators/recurrent.ts",
    tests: onnx,
    changes: {
      "the gates of an LSTM in another order": ["order: [0, 2, 3, 1]", "order: [0, 1, 2, 3]"],
      "the first bias alone": ["value + ofState[i]", "value"],
      "outputs that have no name": [
        "!!node.output[i] && reading.uses(node.output[i]) > 0",
        'reading.uses(node.output[i] ?? "") > 0',
      ],
      "the wrong end of a sequence": ["timeStep(reverse[d] ? 0 : -1)", "timeStep(-1)"],
      "states of one direction for both": ["states.map((of) => of[d])", "states.map((of) => of[0])"],
      peepholes: ["if (peepholes && !isZero(peepholes))", "if (false)"],
    },
  },
  {
    file: "src/interop/onnx/operators/turned.ts",
    tests: onnx,
    changes: {
      "the batch left where it was": [
        "reading.giveTurned(node.output[0], turned, order.indexOf(batchAt));",
        "reading.giveTurned(node.output[0], turned, batchAt);",
      ],
      "axes before the batch": ["batchAt - before);", "batchAt);"],
      "another part of a Concat": ["index < 0 ? index + parts.length : index", "Math.abs(index) - 1"],
    },
  },
  {
    file: "src/interop/onnx/folds/fold.ts",
    tests: onnx,
    changes: { "a batch of none": ["size === 0 && shape.length > 1 ? 1 : size", "size"] },
  },
  {
    file: "src/interop/onnx/export/recurrent.ts",
    tests: onnx,
    changes: {
      "gates in the order of lanewise": ["order.indexOf(block));", "block);"],
      "directions that are swapped": [
        'isSwapped ? ["backward.", "forward."] :',
        'false ? ["backward.", "forward."] :',
      ],
      "states of the other direction": ["isSwapped ? places.length - 1 - d : d", "d"],
      "halves that are swapped": ["halves.reverse()", "halves"],
    },
  },
];
