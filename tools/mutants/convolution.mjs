const kernel = ["test/kernels/convolution.test.ts"];
const layers = ["test/nn/convolution.test.ts"];
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
      "one sample over the other": ["<usize>(line / height) * nextSample +", ""],
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
      "a workspace without copies": ["KC * (taps + patch + rowsOfA(patch)", "KC * (taps + rowsOfA(patch)"],
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
      "edges on the left read": [
        "low = min<i32>(high, x >= 0 ? 0 :",
        "low = min<i32>(high, x >= 0 ? 0 : 0 *",
      ],
      "runs at the edge as zeros": [
        "const touches = !outside && span > 1 &&",
        "const touches = false && span > 1 &&",
      ],
      "copies of an edge not cleared": ["else memory.fill(to, 0, pixel);", ""],
      "vectors past the end": ["+ 12 <= this.end;", "<= this.end + 64;", bits],
      "lines of a sample for those of the batch": ["(line / gridHeight) * taps.height + y", "y"],
      "the last terms of a run left out": ["for (; p < n; p++) {", "for (; p < p; p++) {"],
    },
  },
  {
    file: "assembly/depthwise.ts",
    tests: kernel,
    changes: {
      "gradients that replace": ["if (!accumulate) memory.fill", "memory.fill"],
      "one phase of the columns alone": ["j < min<i32>(g.strideWidth, g.width)", "j < 1"],
      "sums of rows in another order": [
        "lane.add<T>(lane.add<T>(sum0, sum1), lane.add<T>(sum2, sum3))",
        "lane.add<T>(lane.add<T>(sum0, sum2), lane.add<T>(sum1, sum3))",
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
        "const start = bias ? lane.read<T>(bias, part) : lane.splat<T>(0);",
        "const start = lane.splat<T>(0);",
      ],
      "the last four positions from behind the line": [
        "let line = origin + <usize>begin * step;",
        "let line = origin + <usize>j * step;",
        bits,
      ],
    },
  },
  {
    file: "src/ops/convolution.ts",
    tests: layers,
    changes: {
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
      "any outputPadding": ["size >= windows.strides[axis]", "false"],
      "groups that do not divide the channels": ["if (channels % groups !== 0)", "if (false)"],
    },
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
