/**
 * How windows move over a sample: the record that `src/ops/geometry.ts` writes. Sizes of a sample of x
 * [height, width, channels] and of y [outHeight, outWidth, filters]; a window of [kernelHeight, kernelWidth]
 * pixels of x, `dilation` pixels apart, for each pixel of y. The window of pixel (i, j) begins at pixel
 * (i stride - paddingTop, j stride - paddingLeft) of x. What it has outside of x is 0.
 */
@unmanaged
export class Geometry {
  height: i32 = 0;
  width: i32 = 0;
  channels: i32 = 0;
  outHeight: i32 = 0;
  outWidth: i32 = 0;
  filters: i32 = 0;
  kernelHeight: i32 = 0;
  kernelWidth: i32 = 0;
  strideHeight: i32 = 0;
  strideWidth: i32 = 0;
  dilationHeight: i32 = 0;
  dilationWidth: i32 = 0;
  paddingTop: i32 = 0;
  paddingLeft: i32 = 0;
  groups: i32 = 0;
}
