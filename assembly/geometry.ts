/**
 * How windows move over a sample: the record that `src/ops/geometry.ts` writes. Sizes of a sample of x
 * [height, width, channels] and of y [outHeight, outWidth, filters]; a window of [kernelHeight, kernelWidth]
 * pixels of x, `dilation` pixels apart, for each pixel of y. The window of pixel (i, j) begins at pixel
 * (i stride - paddingTop, j stride - paddingLeft) of x. What it has outside of x is 0.
 */
@unmanaged
export class Geometry {
  height: i32;
  width: i32;
  channels: i32;
  outHeight: i32;
  outWidth: i32;
  filters: i32;
  kernelHeight: i32;
  kernelWidth: i32;
  strideHeight: i32;
  strideWidth: i32;
  dilationHeight: i32;
  dilationWidth: i32;
  paddingTop: i32;
  paddingLeft: i32;
  groups: i32;
}
