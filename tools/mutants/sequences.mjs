const kernels = ["test/kernels/sequences.test.ts"];
const layers = ["test/nn/embedding.test.ts"];
const training = ["test/training/sequences.test.ts"];
const operations = { tests: ["test/ops/operations.test.ts"] };

/**
 * Mutants of embeddings, masks and losses over time steps: their kernels, operations, layers and training.
 */
export const sequences = [
  {
    file: "assembly/steps.ts",
    tests: kernels,
    changes: {
      "a step of one such feature taken for padding": ["at < stride ? 1 : 0", "at > 0 ? 0 : 1"],
      "padding summed": ["if (load<f32>(mask) !== 0) list += 4;", "list += 4;"],
      "a mean over all steps": [
        "sumListed(w, n, y, cols, shareOf(n));",
        "sumListed(w, n, y, cols, shareOf(steps));",
      ],
      "a last step left out": ["if (last > 2) sum2 =", "if (last > 3) sum2 ="],
      "a last step left out by two vectors": ["if (last > 2) {", "if (last > 3) {"],
      "the largest of nothing": ["any ? largest : lane.splat<T>(0)", "largest"],
      "the gradient to all of the largest": ["open = lane.xor<T>(open, hit);", ""],
      "no gradient for NaN": [
        "lane.select<T>(isNumber, lane.eq<T>(element, largest), lane.splatBits<T>(-1))",
        "lane.eq<T>(element, largest)",
      ],
    },
  },
  {
    file: "assembly/embedding.ts",
    tests: kernels,
    changes: {
      "an index behind the last": ["value < <f32>vocabulary", "value <= <f32>vocabulary"],
      "fractions taken for indices": ["<f32>index === value ? index : -1", "index"],
      "a padding row that learns": ["if (index >= 0 && index !== padding)", "if (index >= 0)"],
      "padding in the mean": ["if (index < 0 || index === padding) continue;", "if (index < 0) continue;"],
      "a wrong index that nobody hears of": ["return signs < 0 ? ~n : n;", "return n;"],
    },
  },
  {
    file: "src/ops/embedding.ts",
    tests: layers,
    changes: {
      "a step that goes on": ["if (wrong < 0) return;", "return;"],
      "a mean that forgets the mask": [
        "attributes.mask !== mask || (!mask && attributes.padding >= 0)",
        "!mask && attributes.padding >= 0",
        { equivalent: "a layer between drops the mask, or there is none" },
      ],
    },
  },
  {
    file: "src/ops/steps.ts",
    tests: layers,
    changes: {
      "padding that learns": ["g.into(x, clearStepsOp, [dy, mask])", "g.pass(x, dy)", operations],
    },
  },
  {
    file: "src/layers/embedding.ts",
    tests: layers,
    changes: {
      "a row of padding that begins anywhere": ["if (padding !== undefined) host", "if (false) host"],
    },
  },
  {
    file: "src/network/network.ts",
    tests: layers,
    changes: {
      "samples that are not looked at": [
        'this.checkIndices("", i, at, end - begin, begin);',
        'this.checkIndices("", i, at, end - begin, 0);',
      ],
    },
  },
  {
    file: "src/network/rows.ts",
    tests: layers,
    changes: {
      "short samples that keep what was there": ["if (row.length < cols) to.fill", "if (false) to.fill"],
    },
  },
  {
    file: "src/training/batches.ts",
    tests: training,
    changes: {
      "a mask without targets that end": [
        "if (mask && real) {",
        "if (false) {",
        { equivalent: "padded inputs end where targets do" },
      ],
      "weights without a mask": [
        "kernels.hadamard(counts, target.weights,",
        "kernels.hadamard(target.weights, target.weights,",
      ],
    },
  },
  {
    file: "src/training/run.ts",
    tests: training,
    changes: {
      "a mean over padding": [
        "? loss.factor(counted[i], cols, size)",
        "? loss.factor(size * each, cols, size)",
      ],
      "a group divided by samples": ["return loss.isMean ? this.counted[0] : samples;", "return samples;"],
    },
  },
  {
    file: "src/metrics/metrics.ts",
    tests: training,
    changes: {
      "a loss over padding": [
        "loss.factor(this.counted, cols",
        "loss.factor(this.samples * this.of.each, cols",
      ],
      "a count that is not kept": ["kept[COUNTED]?.[0][0] ??", ""],
    },
  },
  {
    file: "src/losses/targets.ts",
    tests: training,
    changes: {
      "ignored labels that count": ["if (label === ignoreIndex) real[at] = 0;", ""],
    },
  },
  {
    file: "src/losses/loss.ts",
    tests: training,
    changes: {
      "own loops that count padding": [
        "const factor = this.factor(counted, cols, samples);",
        "const factor = this.factor(rows, cols, samples);",
      ],
    },
  },
];
