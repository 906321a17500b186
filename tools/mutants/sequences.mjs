const kernels = ["test/kernels/sequences.test.ts"];
const layers = ["test/nn/embedding.test.ts"];
const shared = ["test/nn/shared-layers.test.ts"];
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
    file: "assembly/reduce.ts",
    tests: ["test/kernels/reductions.test.ts"],
    changes: {
      "one of four blocks of squares left out": ["third + lane.sum<v128>(sum3)", "third"],
      "the last of three blocks of squares left out": [
        "lane.sum<v128>(sum3) : third)",
        "lane.sum<v128>(sum3) : 0)",
      ],
      "three blocks of squares for four": ["<usize>(four ? 3 : 2) * block", "<usize>2 * block"],
    },
  },
  {
    file: "src/ops/embedding.ts",
    tests: layers,
    changes: {
      "gradients of shared rows that replace": [
        "vocabulary, padding, adds, units);",
        "vocabulary, padding, 0, units);",
        { tests: shared },
      ],
      "gradients of shared rows under a mean that replace": [
        "        adds,",
        "        0,",
        { tests: shared },
      ],
      "a step that goes on": ["if (wrong < 0) return;", "return;"],
      "a mean that forgets the mask": [
        "attributes.mask !== mask || (!mask && attributes.padding >= 0)",
        "!mask && attributes.padding >= 0",
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
        'this.checkIndices("", i, at, end - begin, begin, size, order);',
        'this.checkIndices("", i, at, end - begin, 0, size, order);',
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
      "a mask without ignored targets": ["if (mask && real) {", "if (false) {"],
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
  {
    file: "src/training/pieces.ts",
    tests: ["test/training/truncated-backpropagation.test.ts"],
    changes: {
      "states that are not carried on": [
        "kernels.copyRows(this.pass.plan.address(after), address, 1, length, length, length);",
        "",
      ],
      "states of the batch before": ["kernels.zero(address, size * before.size);", ""],
      "the first piece again": ["this.index++;", ""],
      "pieces of a length that leaves steps over": ["if (time % steps !== 0)", "if (false)"],
      "targets of other steps": [
        "this.cut(values || labels, targets, size, ((values ? cols : 1) * each) / this.steps);",
        "this.cut(values || labels, targets, size, 0);",
      ],
      "weights of the steps left out": ["place.weights = each === 1 ? given : given && weights;", ""],
      "what targets leave out counts": ["const at = real ? counts : mask;", "const at = mask || counts;"],
    },
  },
  {
    file: "src/training/run.ts",
    tests: ["test/training/truncated-backpropagation.test.ts"],
    changes: {
      "steps for padding alone": ["portion.count > 1 && this.counted.every((rows) => rows === 0)", "false"],
    },
  },
  {
    file: "src/layers/scope.ts",
    tests: ["test/training/truncated-backpropagation.test.ts"],
    changes: {
      "positions that begin again with each piece": ["else if (TRAINING && areInPieces)", "else if (false)"],
    },
  },
  {
    file: "src/ops/normalize-real-steps.ts",
    tests: ["test/nn/masked-batch-normalization.test.ts"],
    changes: {
      "padding among the real steps": [
        "for (let i = 0; i < count; i++) if (real[i] !== 0) index[found++] = i;",
        "for (let i = 0; i < count; i++) index[found++] = i;",
      ],
      "padding that is not cleared": ["zero(from + 4 * found * width, width);", ""],
      "running statistics moved by nothing": ["if (real.rows === 0) return;", ""],
      "the variance of more rows": ["real.rows = found * each;", "real.rows = countOf(rows) * each;"],
    },
  },
  {
    file: "src/layers/encoder-attention.ts",
    tests: ["test/nn/encoder-attention.test.ts"],
    changes: {
      "scores divided by a root": [
        "this.scaled ? query.value : scale(graph, query.value, Math.sqrt(features))",
        "query.value",
      ],
      "additive scores divided by a root": ["scale(graph, scores, Math.sqrt(keys))", "scores"],
      "keys of padding seen": ["mask: key.mask ?? value.mask,", ""],
      "dropout in predicting": ["scope.training && dropout > 0 ?", "dropout > 0 ?"],
      "keys that see later values": [
        "const { causal, dropout } = this.seen;",
        "const { dropout } = this.seen; const causal = false;",
      ],
    },
  },
  {
    file: "src/losses/labels.ts",
    tests: ["test/training/step-labels.test.ts"],
    changes: {
      "labels of the first steps alone": ["const all = y.flat();", "const all = y[0] as unknown[];"],
      "a sample without an array": ["if (!Array.isArray(steps))", "if (false)"],
    },
  },
  {
    file: "src/network/network.ts",
    tests: ["test/training/step-labels.test.ts"],
    changes: {
      "answers for padding": ["steps.slice(0, (rows.lengthOf(i) * each) / rows.cols)", "steps"],
    },
  },
];
