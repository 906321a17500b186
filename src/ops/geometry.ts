/**
 * How windows move over a sample, as `assembly/geometry.ts` has it: x [height, width, channels], y
 * [outHeight, outWidth, filters]. In one dimension the height is 1.
 */
export interface Geometry {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly filters: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly paddingTop: number;
  readonly paddingLeft: number;
  readonly groups: number;
}

/** The words of the record that kernels read. */
export const recordOf = (g: Geometry): readonly number[] => [
  g.height,
  g.width,
  g.channels,
  g.outHeight,
  g.outWidth,
  g.filters,
  g.kernelHeight,
  g.kernelWidth,
  g.strideHeight,
  g.strideWidth,
  g.dilationHeight,
  g.dilationWidth,
  g.paddingTop,
  g.paddingLeft,
  g.groups,
];
