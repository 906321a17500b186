const pooling = ["test/kernels/pooling.test.ts"];
const resampling = ["test/kernels/resampling.test.ts"];
const layers = ["test/nn/pooling.test.ts"];
const operations = { tests: ["test/ops/operations.test.ts"] };
const refused = { tests: ["test/nn/pooling-input.test.ts"] };
const bits = { tests: ["test/kernels/bits.test.ts"] };

/** Mutants of pooling, resampling, padding and permutation: their kernels, operations and layers. */
export const pools = [
  {
    file: "assembly/pooling.ts",
    tests: pooling,
    changes: {
      "NaN passed over by four vectors": ["lane.select<T>(known2, largest2, unknown)", "largest2"],
      "NaN passed over by one": ["lane.select<T>(known, largest, lane.splat<T>(f32.NaN))", "largest"],
      "the gradient to all of the largest": ["open = lane.xor<T>(open, here);", ""],
      "NaN without a gradient": [
        "lane.select<T>(lane.eq<T>(value, value), lane.eq<T>(value, largest), all)",
        "lane.eq<T>(value, largest)",
      ],
      "windows that replace": ["adds ? lane.add<T>(lane.read<T>(at, part), value) : value", "value"],
      "windows that overlap on one axis taken for apart": [
        "g.strideHeight >= g.kernelHeight && g.strideWidth",
        "g.strideWidth",
      ],
      "rows between windows left as they were": [
        "if (next > end) memory.fill(dx + <usize>end * line",
        "if (false) memory.fill(dx + <usize>end * line",
      ],
      "columns between windows left as they were": [
        "if (next > end) memory.fill(dx + <usize>end * pixel",
        "if (false) memory.fill(dx + <usize>end * pixel",
      ],
      "padding that always counts": [
        "whole ? g.kernelHeight * g.kernelWidth : height * width",
        "g.kernelHeight * g.kernelWidth",
      ],
      "padding that never counts": [
        "whole ? g.kernelHeight * g.kernelWidth : height * width",
        "height * width",
      ],
      "the rows of a window in the padding": ["const row = max<i32>(top, 0);", "const row = top;"],
      "the columns of a window behind the image": [
        "min<i32>(left + g.kernelWidth, g.width) - column",
        "left + g.kernelWidth - column",
      ],
      "the last channels left out": ["        if (rest) {", "        if (false) {"],
      "a division for a product with 1 / count": [
        "lane.mul<T>(sum, lane.splat<T>(share))",
        "lane.div<T>(sum, lane.splat<T>(1 / share))",
        bits,
      ],
      "sums of all positions for means": ["<f32>1 / <f32>positions);", "1);"],
    },
  },
  {
    file: "assembly/resample.ts",
    tests: resampling,
    changes: {
      "a mean that weighs the nearer pixel less": [
        "lane.madd<T>(lane.splat<T>(w), b, lane.mul<T>(lane.splat<T>(1 - w), a))",
        "lane.madd<T>(lane.splat<T>(w), a, lane.mul<T>(lane.splat<T>(1 - w), b))",
      ],
      "corners on corners": ["(linear ? <i64>g.outWidth : 0)", "0"],
      "a pixel behind the last": ["rest > 0 && at < size - 1 ?", "rest > 0 ?"],
      "a weight below 0 at the first": ["linear && rest > 0 && at", "linear && at"],
      "weights where the nearest counts": ["return linear && rest", "return rest"],
      "gradients on what was there": ["  memory.fill(dx, 0,", "  if (false) memory.fill(dx, 0,"],
      "the gradient of the row below with the weight of this one": [
        "lane.mul<T>(lane.splat<T>(below), gradient), pixel",
        "lane.mul<T>(lane.splat<T>(1 - below), gradient), pixel",
      ],
    },
  },
  {
    file: "assembly/box.ts",
    tests: resampling,
    changes: {
      "what is beside the box left as it was": ["if (box.partial) memory.fill", "if (false) memory.fill"],
      "the box at the beginning of y": ["y += (<usize>box.yOffset) << 2;", ""],
      "one sample over the other": ["y += (<usize>box.ySample) << 2;", ""],
      "steps in x for steps in y": ["const yStep = (<usize>load<i32>(at, 8)) << 2;", "const yStep = xStep;"],
    },
  },
  {
    file: "src/ops/pooling.ts",
    tests: layers,
    changes: {
      "the gradient of windows that overlap over x": [
        "apart ? separateGradientOp : maxPoolGradientOp",
        "separateGradientOp",
        operations,
      ],
      "never in place": ["{ ...maxPoolGradientOp, inPlace: [0] }", "maxPoolGradientOp", operations],
      "the gradient of a mean without its divisor": ["1 / positions", "1"],
    },
  },
  {
    file: "src/ops/box.ts",
    tests: layers,
    changes: {
      "the gradient in the same direction": ["xStep: yStep, yStep: xStep", "xStep, yStep"],
      "axes joined that are a line in x alone": [
        "outer?.xStep === size * xStep && outer.yStep === size * yStep",
        "outer?.xStep === size * xStep",
      ],
      "axes joined that are a line in y alone": [
        "outer?.xStep === size * xStep && outer.yStep === size * yStep",
        "outer?.yStep === size * yStep",
      ],
      "every box partial": [
        "(product, { size }) => product * size, 1) < ySize",
        "(product, { size }) => product * size, 1) <= ySize",
        { equivalent: "Zeros that are written over cost time alone." },
      ],
      "no box partial": [
        "(product, { size }) => product * size, 1) < ySize",
        "(product, { size }) => product * size, 1) < 0",
      ],
      "the offset of y for that of x": ["xOffset: yOffset,", "xOffset,"],
    },
  },
  {
    file: "src/layers/pooling.ts",
    tests: layers,
    changes: {
      "windows that overlap by default": ["strides = poolSize", "strides = 1"],
      "a padding of a whole window": ["Math.max(...sides) >= kernel[axis]", "false", refused],
      "padding that counts and keeps the range": ["range: countPadding ? undefined : range", "range"],
      "axes that never stay": ["this.keepDims ? [", "false ? ["],
    },
  },
  {
    file: "src/layers/windows.ts",
    tests: ["test/nn/windows.test.ts"],
    changes: {
      "the larger half of same before": [
        "return [Math.floor(total / 2), Math.ceil(total / 2)];",
        "return [Math.ceil(total / 2), Math.floor(total / 2)];",
      ],
      "windows beyond the padded input": [
        "spans.some((span, axis) => span > padded[axis])",
        "spans.some((span, axis) => span > padded[axis] + 9)",
      ],
      "a span without dilation": ["(size - 1) * dilation[axis] + 1", "size"],
      "causal padding on both sides": [
        "return [spans[axis] - 1, 0];",
        "return [spans[axis] - 1, spans[axis] - 1];",
      ],
      "no outputPadding": ["bare[axis] : whole) + outputPadding[axis]", "bare[axis] : whole)"],
    },
  },
  {
    file: "src/layers/resampling.ts",
    tests: layers,
    changes: {
      "a mean that keeps the range": ['interpolation === "nearest" ? rangeThrough', "true ? rangeThrough"],
    },
  },
  {
    file: "src/layers/padding.ts",
    tests: layers,
    changes: {
      "cropping that pads": ["crops ? -pair[side] : pair[side]", "pair[side]"],
      "cropping that leaves nothing": [">= size))", "> size))", refused],
    },
  },
  {
    file: "src/layers/permute.ts",
    tests: layers,
    changes: {
      "axes from 0 on": ["axis !== i + 1", "axis !== i", refused],
    },
  },
];
