const training = ["test/training/lengths.test.ts"];

/** Mutants of plans for sequences without their padding. */
export const lengths = [
  {
    file: "src/network/lengths.ts",
    tests: training,
    changes: {
      "a mask that no input tells": [
        "padding === undefined || sequences.some((sequence) => inputs[sequence.input] === input)",
        "true",
      ],
      "an output whose padding counts": ["steps.every(({ mask }) => mask)", "true"],
      "predictions for padding left out": ["lengths(steps.length > 0)", "lengths(false)"],
      "the length of the last input": ["lengths[i] = Math.max(", "lengths[i] = Math.min("],
      "a plan that is too short": ["Math.ceil(steps / unit)) * unit", "Math.floor(steps / unit)) * unit"],
      "a plan for each length": ["while (8 * unit < steps) unit *= 2;", "unit = 1;"],
      "the longest first": [
        "lengths[samples[a]] - lengths[samples[b]]",
        "lengths[samples[b]] - lengths[samples[a]]",
      ],
    },
  },
  {
    file: "src/network/trace.ts",
    tests: training,
    changes: {
      "a layer that sees padding": ["layer.leavesOutPadding && shorter.every", "shorter.every"],
      "a last step that is another one": ["isShorter(output) && layer.isStepwise", "layer.isStepwise"],
    },
  },
  {
    file: "src/network/network.ts",
    tests: training,
    changes: {
      "predictions in the order of their lengths": ["order[row] * size)", "row * size)"],
      "a wrong sample named": ["order ? order[sample] : sample", "sample"],
    },
  },
  {
    file: "src/network/rows.ts",
    tests: training,
    changes: {
      "a word taken for padding": ["room[end - 1] === padding", "room[end - 1] <= 1"],
    },
  },
  {
    file: "src/ops/positions.ts",
    tests: training,
    changes: {
      "a place for each step of the batch": ["if (!adds) zero(at[dw.id] + 4 * size, dw.size - size);", ""],
      "the gradient of places lost": ["g.into(w, addFirstGradientOp, [dy]);", ""],
    },
  },
  {
    file: "src/training/batches.ts",
    tests: training,
    changes: {
      "the first samples in each batch": [
        "for (const [i, row] of samplesAt(host, index, begin, count).entries()) {",
        "for (const [i, row] of samplesAt(host, 0, 0, count).entries()) {",
      ],
      "targets of other samples": ["(part.rows.cols / heads[i].each) * each", "part.rows.cols"],
      "a batch as long as its last sample": [
        "most = Math.max(most, lengths[sample]);",
        "most = lengths[sample];",
      ],
    },
  },
  {
    file: "src/training/sources.ts",
    tests: training,
    changes: {
      "batches from the shortest to the longest": [
        "places.set(sorted.subarray(batch * batchSize, (batch + 1) * batchSize), i * batchSize);",
        "",
      ],
      "batches that shuffle makes the same again": ["purposes.group, epoch", "purposes.group, 0"],
      "all samples sorted at once": ["begin += GROUP * batchSize", "begin += n"],
      "length that is not asked for": ["if (this.isGrouped && data.lengths)", "if (data.lengths)"],
    },
  },
  {
    file: "src/training/objective.ts",
    tests: training,
    changes: {
      "rows that are not there": ["{ ...head, each, size: each * head.cols }", "head"],
    },
  },
];
