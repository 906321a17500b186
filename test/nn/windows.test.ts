import { describe, expect, it } from "vitest";
import { checkWindows, transposedWindowsOf, windowsOf } from "../../src/layers/windows.js";
import type { Geometry } from "../../src/ops/geometry.js";

/**
 * The sizes and places of windows. Expected numbers are from the rules of TensorFlow ("same") and PyTorch
 * (numbers), worked out by hand.
 */

const options = (dimensions: 1 | 2, config: object, causal = false) =>
  checkWindows("layer", { type: "layer", ...config }, dimensions, "kernelSize", causal);

/** [outHeight, outWidth, paddingTop, paddingLeft] */
const placed = ({ outHeight, outWidth, paddingTop, paddingLeft }: Geometry) => [
  outHeight,
  outWidth,
  paddingTop,
  paddingLeft,
];

describe("windows", () => {
  it.each([
    [{ kernelSize: 3 }, [5, 7, 2], [3, 5, 0, 0]],
    [{ kernelSize: [3, 2], strides: [2, 3] }, [6, 8, 2], [2, 3, 0, 0]],
    [{ kernelSize: 3, dilation: [1, 2] }, [5, 7, 2], [3, 3, 0, 0]],
    [{ kernelSize: 3, padding: 1 }, [5, 7, 2], [5, 7, 1, 1]],
    [{ kernelSize: 3, padding: [0, 2] }, [5, 7, 2], [3, 9, 0, 2]],
    [
      {
        kernelSize: 3,
        padding: [
          [1, 0],
          [0, 2],
        ],
      },
      [5, 7, 2],
      [4, 7, 1, 0],
    ],
    // The smaller half of the padding is before.
    [{ kernelSize: [3, 2], padding: "same" }, [5, 7, 2], [5, 7, 1, 0]],
    [{ kernelSize: 3, strides: 2, padding: "same" }, [6, 7, 2], [3, 4, 0, 1]],
    [{ kernelSize: 2, strides: 3, padding: "same" }, [6, 7, 2], [2, 3, 0, 0]],
    [{ kernelSize: 3, dilation: 2, padding: "same" }, [5, 7, 2], [5, 7, 2, 2]],
  ])("%j over %j", (config, shape, expected) => {
    expect(placed(windowsOf("layer", shape, options(2, config)))).toEqual(expected);
  });

  it.each([
    [{ kernelSize: 3, strides: 2 }, [1, 3, 0, 0]],
    [{ kernelSize: 3, padding: 1 }, [1, 7, 0, 1]],
    [{ kernelSize: 3, padding: [2, 0] }, [1, 7, 0, 2]],
    [{ kernelSize: 4, padding: "same" }, [1, 7, 0, 1]],
    [{ kernelSize: 3, dilation: 2, padding: "causal" }, [1, 7, 0, 4]],
  ])("%j over 7 positions in one dimension", (config, expected) => {
    const geometry = windowsOf("layer", [7, 3], options(1, config, true));
    expect(placed(geometry)).toEqual(expected);
    expect(geometry).toMatchObject({ height: 1, width: 7, kernelHeight: 1, strideHeight: 1 });
  });

  it("have the channels of the input, or other filters and groups", () => {
    const windows = options(2, { kernelSize: 2 });
    expect(windowsOf("layer", [4, 4, 6], windows)).toMatchObject({ channels: 6, filters: 6, groups: 1 });
    expect(windowsOf("layer", [4, 4, 6], windows, 8, 2)).toMatchObject({
      channels: 6,
      filters: 8,
      groups: 2,
    });
  });
});

describe("windows of a transposed convolution", () => {
  /** [height, width, paddingTop, paddingLeft], of an input [3, 4] */
  const over = (config: object, outputPadding?: readonly number[]) => {
    const windows = options(2, config);
    const geometry = transposedWindowsOf("layer", [3, 4, 5], windows, 2, 1, outputPadding);
    expect(geometry).toMatchObject({ channels: 2, outHeight: 3, outWidth: 4, filters: 5 });
    return [geometry.height, geometry.width, geometry.paddingTop, geometry.paddingLeft];
  };

  it.each([
    [{ kernelSize: 3 }, [5, 6, 0, 0]],
    [{ kernelSize: 3, strides: 2 }, [7, 9, 0, 0]],
    [{ kernelSize: 3, strides: 2, padding: 1 }, [5, 7, 1, 1]],
    [{ kernelSize: 3, strides: 2, padding: "same" }, [6, 8, 0, 0]],
    [{ kernelSize: 4, strides: 2, padding: "same" }, [6, 8, 1, 1]],
    [{ kernelSize: 2, strides: 3, padding: "same" }, [9, 12, 0, 0]],
    [{ kernelSize: 3, dilation: 2 }, [7, 8, 0, 0]],
  ])("%j", (config, expected) => {
    expect(over(config)).toEqual(expected);
  });

  it("are as many as the input has pixels: the windows over the output", () => {
    for (const kernelSize of [1, 2, 3, 5])
      for (const strides of [1, 2, 3])
        for (const padding of ["valid", "same"]) {
          const windows = options(2, { kernelSize, strides, padding });
          const { height, width } = transposedWindowsOf("layer", [3, 4, 5], windows, 2);
          expect(windowsOf("layer", [height, width, 2], windows)).toMatchObject({
            outHeight: 3,
            outWidth: 4,
          });
        }
  });

  it("grow by the output padding", () => {
    expect(over({ kernelSize: 3, strides: 2, padding: 1 }, [1, 0])).toEqual([6, 7, 1, 1]);
    expect(over({ kernelSize: 3, strides: 2, padding: "same" }, [0, 1])).toEqual([6, 9, 0, 0]);
  });

  it("refuse an output without pixels", () => {
    const windows = options(2, { kernelSize: 2, padding: [2, 0] });
    expect(() => transposedWindowsOf("layer", [3, 4, 5], windows, 2)).toThrow(
      "layer expected an output of at least one pixel, got [0, 5] from an input of [batch, 3, 4, 5] with kernelSize [2, 2] and padding [[2, 2], [0, 0]]",
    );
  });
});

describe("windows refuse", () => {
  it.each([
    [2, { kernelSize: 0 }, "kernelSize to be an integer of at least 1 or [height, width], got 0"],
    [
      2,
      { kernelSize: [1, 2, 3] },
      "kernelSize to be an integer of at least 1 or [height, width], got [1, 2, 3]",
    ],
    [2, { kernelSize: "3" }, 'kernelSize to be an integer of at least 1 or [height, width], got "3"'],
    [2, {}, "kernelSize to be an integer of at least 1 or [height, width], got undefined"],
    [1, { kernelSize: [3] }, "kernelSize to be an integer of at least 1, got [3]"],
    [1, { kernelSize: 3, strides: 1.5 }, "strides to be an integer of at least 1, got 1.5"],
    [1, { kernelSize: 3, dilation: 2 ** 31 }, "dilation to be an integer of at least 1, got 2147483648"],
    [
      2,
      { kernelSize: 3, padding: "causal" },
      'padding to be "valid", "same", an integer of at least 0, [height, width] or [[top, bottom], [left, right]], got "causal"',
    ],
    [
      2,
      { kernelSize: 3, padding: [1, [2, -1]] },
      'padding to be "valid", "same", an integer of at least 0, [height, width] or [[top, bottom], [left, right]], got [1, [2, -1]]',
    ],
    [
      1,
      { kernelSize: 3, padding: [1, 2, 3] },
      'padding to be "valid", "same", an integer of at least 0 or [before, after], got [1, 2, 3]',
    ],
  ] as const)("in %i dimensions %j", (dimensions, config, message) => {
    expect(() => options(dimensions, config)).toThrow(`layer expected ${message}`);
  });

  it.each([
    [
      { kernelSize: 7, padding: 0 },
      [5, 5, 1],
      "a kernelSize of at most [5, 5], the padded input, got [7, 7]",
    ],
    [
      { kernelSize: [3, 9], padding: [0, 1] },
      [5, 5, 1],
      "a kernelSize of at most [5, 7], the padded input, got [3, 9]",
    ],
    [
      { kernelSize: 3, dilation: 3 },
      [5, 5, 1],
      "windows of at most [5, 5], the padded input, got [7, 7]: kernelSize [3, 3] with dilation [3, 3]",
    ],
    [{ kernelSize: 3 }, [5, 5], "an input of [batch, height, width, channels], got [batch, 5, 5]"],
  ])("%j over %j", (config, shape, message) => {
    expect(() => windowsOf("layer", shape, options(2, config))).toThrow(`layer expected ${message}`);
  });

  it("inputs of another number of axes in one dimension", () => {
    expect(() => windowsOf("layer", [5], options(1, { kernelSize: 1 }))).toThrow(
      "layer expected an input of [batch, length, channels], got [batch, 5]",
    );
    expect(() => windowsOf("layer", [5, 1], options(1, { kernelSize: 6 }))).toThrow(
      "layer expected a kernelSize of at most 5, the padded input, got 6",
    );
  });

  it("more elements than a kernel can count", () => {
    const windows = options(2, { kernelSize: 1, padding: 30_000 });
    expect(() => windowsOf("layer", [5, 5, 1], windows)).toThrow(
      "layer: [batch, 60005, 60005, 1] has too many elements",
    );
  });
});
