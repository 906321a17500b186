const layers = ["test/formats/tfjs-images.test.ts"];
const forms = ["test/formats/tfjs-forms.test.ts"];
const graphs = ["test/formats/tfjs-graphs.test.ts"];
const written = ["test/formats/tfjs-images-export.test.ts"];
const files = ["test/formats/tfjs.test.ts"];

/** Mutants of the formats of other libraries: TensorFlow.js and Keras. */
export const formats = [
  {
    file: "src/interop/model-of.ts",
    tests: graphs,
    changes: {
      "a graph taken for a row": ["if (!maker?.layer || maker.inputs.length !== 1) return undefined;", ""],
      "a row written backwards": ["? row.reverse() : undefined", "? row : undefined"],
      "a shared layer with weights for each use": ["new Set(row).size === row.length ?", "true ?"],
      "labels for other outputs": ["(labels.length === count ||", "(true ||", { tests: files }],
    },
  },
  {
    file: "src/interop/tfjs/graph.ts",
    tests: graphs,
    changes: {
      "calls in the order of the file": ["if (!states.has(next)) left.push(next);", ""],
      "a circle": ['if (states.get(next) === "open")', "if (false)"],
      "layers that lead nowhere": [
        "const unused = ordered.find((call) => !used.has(call));",
        "const unused = undefined;",
      ],
      "calls of models that count from 1": [
        "call: source.call - (first.get(source.layer) ?? 0),",
        "call: source.call,",
      ],
      "one source of several": [
        "[sourceFrom(place)] : items.map(sourceFrom);",
        "[sourceFrom(place)] : items.slice(0, 1).map(sourceFrom);",
      ],
      "arguments that are no tensors": [
        'if (!isTensor(argument)) throw codeAt(argument, "a number or the like");',
        "",
      ],
    },
  },
  {
    file: "src/interop/tfjs/import.ts",
    tests: graphs,
    changes: {
      "outputs without names": ["heads.has(call.name) ? { name: call.name } : {}", "{}"],
      "inputs without names": ["inputs.length > 1 ? port.layer : undefined", "undefined"],
      "the first output for all": ["return tensors[source.tensor];", "return tensors[0];"],
      "an output that is not there": ["if (source.tensor < tensors.length) return", "return"],
      "the inputs of models unchecked": ["if (given && given.length !== inputs.length)", "if (false)"],
      "files of Keras 3 taken for Keras 2": [
        "Number(major ?? 0) >= 3",
        "Number(major ?? 0) >= 30",
        { tests: files },
      ],
      "files of TensorFlow.js taken for Keras": [
        "fromTfjs: /tfjs|tensorflow\\.js/i.test(version),",
        "fromTfjs: false,",
        { tests: forms },
      ],
    },
  },
  {
    file: "src/interop/tfjs/reading.ts",
    tests: forms,
    changes: {
      "weights taken by each call": ["if (known) return { ...known, values: {} };", "", { tests: graphs }],
      "axes turned the wrong way": ["[...axes.keys()].map((i) => axes.indexOf(i)),", "axes,"],
      "axes turned twice": [
        "if (before && axes.every((axis, i) => before.axes[axis] === i)) return before.from;",
        "",
      ],
      "channels last for channels first": ["return true;", "return false;"],
      "layers that are frozen": ["trainable: false as const", "trainable: undefined"],
      "the last axis for all": [
        'const last = typeof axis === "number" && axis < 0 ? axis + rank : Number(axis) - 1;',
        "const last = rank - 1;",
      ],
    },
  },
  {
    file: "src/interop/tfjs/layers/convolutions.ts",
    tests: layers,
    changes: {
      "dilation passed over": [
        'dilation: sizesAt(config.either("dilation_rate", "dilationRate"), dimensions, ones),',
        "dilation: ones,",
      ],
      "one group": ["groups: groupsAt(reading) }),", "groups: 1 }),"],
      "a slope forgotten": [
        "return after(reading.apply(layer, x, values));",
        "return reading.apply(layer, x, values);",
      ],
      "a multiplier of 1": ["?.at(-1) || 1;", "?.at(-9) || 1;"],
      "causal behind": ["[span, 0],", "[0, span],", { tests: forms }],
      "an output that is too small": ["Math.max(whole, shape[axis] * strides[axis])", "whole"],
      "cut behind first": [
        "before: Math.floor(cut / 2), after: Math.ceil(cut / 2)",
        "before: Math.ceil(cut / 2), after: Math.floor(cut / 2)",
      ],
      "a row that is padded": [
        "[0, ...numbers.map((size) => size.count(0))].slice(-2)",
        "numbers.map((size) => size.count(0))",
        { tests: forms },
      ],
    },
  },
  {
    file: "src/interop/tfjs/layers/normalizations.ts",
    tests: layers,
    changes: {
      "the default momentum": ['config.at("momentum").number(0.99)', "0.99"],
      "the default epsilon": [
        'const epsilon = config.at("epsilon").number(0.001);',
        "const epsilon = 0.001;",
      ],
      "instances as 32 groups": ["groups.value === -1 ? channels", "groups.value === -1 ? 1"],
      "axes in the order of the file": ["axes.sort((a, b) => a - b);", ""],
      "a scale without offset": [
        "const terms = each((i) => term[i % term.length]);",
        "const terms = each(() => 0);",
        { tests: forms },
      ],
      "no channels without weights": [
        "Math.max(length, FREE_NUMBERS)",
        "Math.min(length, FREE_NUMBERS)",
        { tests: forms },
      ],
    },
  },
  {
    file: "src/interop/tfjs/layers/pools.ts",
    tests: layers,
    changes: {
      "strides of 1": [
        'const strides = sizesAt(config.at("strides"), dimensions, sizes);',
        "const strides = sizes;",
      ],
      "axes that go": ['keepDims: config.at("keepdims").flag(false)', "keepDims: false"],
    },
  },
  {
    file: "src/interop/tfjs/layers/joins.ts",
    tests: graphs,
    changes: {
      "pixels that are not repeated": ["return reading.apply(layer, tensor);", "return tensor;"],
      "a difference turned round": ["() => subtract(a, b)", "() => subtract(b, a)"],
    },
  },
  {
    file: "src/interop/tfjs/export/windows.ts",
    tests: written,
    changes: {
      "zeros of the other axis": [
        "const all = sides.length === 1 ? [sides[0], SEQUENCE] : sides;",
        "const all = sides.length === 1 ? [SEQUENCE, sides[0]] : sides;",
      ],
      "same whatever the strides": ["windows.strides.every((stride) => stride === 1) && isSame", "isSame"],
      "groups forgotten": ["if (groups > 1 && !(groups === channels && dimensions === 2))", "if (false)"],
      "cropped at the other end": [
        "[before[axis], size - before[axis] - to[axis]]",
        "[size - before[axis] - to[axis], before[axis]]",
      ],
      "zeros that do not count": [
        "const zeros = countPadding && windows.padding",
        "const zeros = false && windows.padding",
      ],
      "a frozen layer that trains": ["config.trainable === false && { trainable: false }", "false"],
      "a factor that is not whole": ["if (!factors.every(Number.isInteger))", "if (false)"],
    },
  },
  {
    file: "src/interop/tfjs/export/writer.ts",
    tests: graphs,
    changes: {
      "a shared layer written for each use": ["if (known?.kind === kind) {", "if (false) {"],
      "a graph written as a row": [
        "return !more && taken.length === 1 && taken[0].layer === all[i].name;",
        "return !more;",
      ],
      "one call for all": [
        "return { layer: wanted, call: known.calls.length - 1, shape };",
        "return { layer: wanted, call: 0, shape };",
      ],
      "a slash in a name": ['wanted.replace(/[^\\w.-]/g, "_")', "wanted", { tests: written }],
    },
  },
  {
    file: "src/interop/tfjs/export/layers.ts",
    tests: graphs,
    changes: {
      "a sum for a difference": ["scaled(writing, b, -1, ", "scaled(writing, b, 1, "],
      "another part": ["[begin, last - end],", "[last - end, begin],"],
      "channels for elements": [
        "all.every((value, i) => value === all[i % channels])",
        "true",
        { tests: written },
      ],
    },
  },
];
