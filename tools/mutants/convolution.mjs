const kernel = ["test/kernels/convolution.test.ts"];
const layers = ["test/nn/convolution.test.ts"];
const shared = ["test/nn/shared-layers.test.ts"];
const inputs = { tests: ["test/nn/convolution-input.test.ts"] };
const bits = { tests: ["test/kernels/bits.test.ts"] };

/** Mutants of convolutions: their kernels, operations and layers. */
export const convolutions = [
  {
    file: "assembly/convolution.ts",
    tests: kernel,
    changes: {
      "channels of the first group for all of dw": [
        "overPositions<v128>(taps, rows, dy + own,",
        "overPositions<v128>(taps, rows, dy,",
      ],
      "one phase of the pixels alone": ["row < min<i32>(g.strideHeight, g.height)", "row < 1"],
      "later blocks of terms without the bias of the first": [
        "const d = pc ? at : bias ?",
        "const d = bias ?",
      ],
      "one sample over the other": ["<usize>(line / linesOfSample) * nextSample +", ""],
      "every block from the first position": ["          first += mc;", ""],
      "a tap of the kernel for another": [
        "const row = taps.tap(run) * n + jc + j;",
        "const row = run * n + jc + j;",
      ],
      "gradients that replace": ["const adds = pc > 0 || accumulate !== 0;", "const adds = pc > 0;"],
      "gradients of the last positions alone": [
        "const adds = pc > 0 || accumulate !== 0;",
        "const adds = accumulate !== 0;",
      ],
    },
  },
  {
    file: "assembly/windows.ts",
    tests: kernel,
    changes: {
      "zeros that are not written": ["memory.fill(taps.zeros, 0, (<usize>run) << 2);", ""],
      "a workspace without copies": ["addressesFor(taps) + copies +", "addressesFor(taps) +"],
      "padding on the wrong axis": [
        "j * g.dilationWidth - g.paddingLeft, i * width + j",
        "j * g.dilationWidth - g.paddingTop, i * width + j",
      ],
      "runs of several pixels apart": ["g.groups === 1 && g.dilationWidth === 1;", "g.groups === 1;"],
      "columns of taps for rows": [
        "if (x % g.strideWidth === 0) taps.add",
        "if (x % g.strideHeight === 0) taps.add",
      ],
      "taps backward": [
        "taps.add(y / g.strideHeight, x / g.strideWidth, i * g",
        "taps.add(y / g.strideHeight, x / g.strideWidth, j * g",
      ],
    },
  },
  {
    file: "assembly/taps.ts",
    tests: kernel,
    changes: {
      "rows outside read": ["if (y >= 0 && y < taps.height && x <= last) {", "if (x <= last) {"],
      "edges on the left read": ["x >= 0 ? 0 : step === 1 ? -x :", "x >= 0 ? 0 : step === 1 ? 0 :"],
      "runs at the edge as zeros": [
        "const touches = !outside && span > 1 &&",
        "const touches = false && span > 1 &&",
      ],
      "copies of an edge not cleared": ["else memory.fill(to, 0, pixel);", ""],
      "a row of the grid for the first": ["(taps.firstRow + (line % gridHeight))", "(line % gridHeight)"],
      "rows outside not told": ["return y >= 0 && y < this.height;", "return true;", bits],
      "lines of a sample for those of the batch": ["(line / gridHeight) * taps.height + y", "y"],
    },
  },
  {
    file: "assembly/patches.ts",
    tests: kernel,
    changes: {
      "positions of the last tile that are not there": ["if (rows > 3) micro", "if (rows > 2) micro"],
      "a block of terms from the begin of its run": ["let skip = pc % length;", "let skip = 0;"],
      "rows of the last tile added twice": ["if (done === 0) micro", "if (done < 4) micro"],
      "the last terms for those before": [
        "const skip = (<usize>(from + first)) << 2;",
        "const skip = (<usize>(from + i)) << 2;",
      ],
      "short runs that are read past their end": ["(<usize>(height - 1)) << 2;", "12;", bits],
      "gradients that replace": ["x0, y0, c, adds ? c : 0, cols", "x0, y0, c, 0, cols"],
    },
  },
  {
    file: "assembly/depthwise.ts",
    tests: kernel,
    changes: {
      "gradients that replace": ["if (accumulate) for (let tap", "if (false) for (let tap"],
      "one phase of the columns alone": ["j < min<i32>(g.strideWidth, g.width)", "j < 1"],
      "three taps without the other positions of a row": [
        "for (let j = 0; j < low; j++) addColumn",
        "for (let j = 0; j < 0; j++) addColumn",
      ],
      "the remainder of channels for all taps but the first": [
        "whole < own && tap < q + 3",
        "whole < own && tap < q + 1",
      ],
      "sums of columns in another order": [
        "  if (count > 0) sum0 = lane.madd",
        "  if (count > 0) sum1 = lane.madd",
        bits,
      ],
    },
  },
  {
    file: "assembly/sweep.ts",
    tests: kernel,
    changes: {
      "taps before the edge": [
        "return begin >= 0 ? 0 : apart === 1 ? -begin : (apart - 1 - begin) / apart;",
        "return 0;",
      ],
      "taps behind the edge": [
        "return min<i32>(taps, apart === 1 ? size - begin : (size - 1 - begin) / apart + 1);",
        "return taps;",
      ],
      "no bias": [
        "const start = s.bias ? lane.load<T>(s.bias + c) : lane.splat<T>(0);",
        "const start = lane.splat<T>(0);",
      ],
      "the last four positions from behind the line": [
        "let line = source + <usize>begin * step;",
        "let line = source + <usize>j * step;",
        bits,
      ],
    },
  },
  {
    file: "src/ops/convolution.ts",
    tests: layers,
    changes: {
      "gradients of a shared layer that replace": ["        adds,", "        0,", { tests: shared }],
      "no bias": ["convolution(at[x.id], at[w.id], at[b.id],", "convolution(at[x.id], at[w.id], 0,"],
      "no gradient of the weights": ["g.into(w, weightGradientOp, [x, dy], attributes);", ""],
      "no gradient of the input": ["g.into(x, transposedOp, [dy, w, NONE], attributes);", ""],
      "a transposed convolution without gradients of weights": [
        "g.into(w, weightGradientOp, [dy, x], attributes);",
        "",
      ],
    },
  },
  {
    file: "src/layers/convolution.ts",
    tests: layers,
    changes: {
      "1 x 1 with strides as a product": ["g.strideHeight * g.strideWidth *", ""],
      "any outputPadding": ["size >= windows.strides[axis]", "false", inputs],
      "groups that do not divide the channels": ["if (channels % groups !== 0)", "if (false)", inputs],
    },
  },
  {
    file: "src/ops/depthwise.ts",
    tests: shared,
    changes: { "gradients of a shared layer that replace": ["        adds,", "        0,"] },
  },
  {
    file: "src/layers/depthwise.ts",
    tests: layers,
    changes: {
      "no multiplier": [
        "const emit = multiplier === 1 ? depthwise : convolution;",
        "const emit = depthwise;",
      ],
    },
  },
  {
    file: "src/model/model.ts",
    tests: ["test/model/for-inference.test.ts"],
    changes: {
      "memory that grows below the copied views": [
        "[viewsOf(this), viewsOf(copy)];",
        "[viewsOf(this), viewsOf(copy)]; copy.parameters;",
      ],
    },
  },
  {
    file: "src/model/for-inference.ts",
    tests: ["test/model/for-inference.test.ts"],
    changes: {
      "no shift": ["(beta?.[f] ?? 0)", "0"],
      "no bias from before": ["((bias?.[f] ?? 0) - mean)", "(0 - mean)"],
      "a norm whose input something else needs": ["uses(before.output) > 1) continue;", "false) continue;"],
      "a norm behind an activation": ['layer.config.activation === "linear"', "true"],
      "layers that are used twice": ["if (!isUsedOnce(before) || !isUsedOnce(call)) continue;", ""],
      "the default epsilon for all": ["epsilon: epsilon as number", "epsilon: 1e-3"],
    },
  },
];
