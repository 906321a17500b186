const padding = ["test/formats/onnx/padding.test.ts"];
const attention = ["test/formats/onnx/attention.test.ts"];

/** Mutants of masks of padding and rotary positions in ONNX files. */
export const paddingFormats = [
  {
    file: "src/interop/onnx/masks.ts",
    tests: padding,
    changes: {
      "padding of every comparison": ['if (node.opType === "Equal") return value;', "return value;"],
      "truth that is always padding": [
        "const other = this.origin(of, 1 - padding,",
        "const other = this.origin(of, padding,",
      ],
      "any order for the front": ["const isFront = isFalling &&", "const isFront = true ||"],
      "a mask that hides nothing": ["padding.every((value) => value <= HIDDEN)", "true"],
      "counts of padding": [
        "return n * real + (size - n) * padding;",
        "return n * padding + (size - n) * real;",
      ],
    },
  },
  {
    file: "src/interop/onnx/carried.ts",
    tests: padding,
    changes: {
      "masks that stay where there are none": ["if (!mask) return plain;", "if (!mask) return tensor;"],
      "masks that are not brought back": [
        "if (own === mask) return tensor;",
        "if (own === mask || mask) return tensor;",
      ],
      "lengths of one step more": ["-t - 0.5", "-t + 0.5"],
      "real steps that are cleared": ["Number(word !== padding)", "Number(word === padding)"],
    },
  },
  {
    file: "src/interop/onnx/operators/padded.ts",
    tests: padding,
    changes: {
      "a mean by any count": ["count.numbers.every((number, n) => n === 0 || number === n);", "true;"],
      "any state before the first step": ["if (!isSame([tensor]) && !isSame(joined)) return false;", ""],
      "samples that stay sorted": [
        "for (const node of this.sortedBy) this.checkSorted(node, node.input[1]);",
        "",
      ],
    },
  },
  {
    file: "src/interop/onnx/operators/recurrent.ts",
    tests: padding,
    changes: {
      "the state of the last step, which may be padding": [" && !(mask && used.all && used.h)", ""],
      "outputs that keep the state at padding": [
        "mask && used.all && !used.keeps ? reading",
        "false ? reading",
      ],
      "any order of lengths": [
        "if (isOwn && (count.sorted === true) === isSorted(reading, x))",
        "if (isOwn)",
      ],
    },
  },
  {
    file: "src/interop/onnx/operators/unpacking.ts",
    tests: padding,
    changes: {
      "states at padding that are 0": ["return by.kind === (isSeen ?", "return by.kind !== (isSeen ?"],
    },
  },
  {
    file: "src/interop/onnx/operators/rotary.ts",
    tests: attention,
    changes: {
      "any cosines and sines": ["if (isOf(DEFAULT)) return DEFAULT;", "return DEFAULT;"],
      "the base of another size": ["-half * log(angle)", "-log(angle)"],
      "queries alone that are turned": ["|| !isAt(k, keys, -1, -2) || q?.base !== k?.base", ""],
    },
  },
  {
    file: "src/interop/onnx/export/masks.ts",
    tests: padding,
    changes: {
      "steps of padding with the state of the last": [
        "factor: at.keeps ? begun(seen) : asColumn",
        "factor: true ? begun(seen) : asColumn",
      ],
    },
  },
];
