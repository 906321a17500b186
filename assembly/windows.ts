import { KC, MC, NC } from "./gemm";
import { Geometry } from "./geometry";
import { bytesOfLine } from "./patches";
import { Taps } from "./taps";
import { NR } from "./tile";

/** The windows of convolutions over x, and those of their transposes over y, as taps of pixels. */

/**
 * With fewer channels, the pixels of a row of the window form one run: a short run costs as much as a long
 * one.
 */
const FEW_CHANNELS: i32 = 16;

/** Bytes of workspace that each of the kernels below needs. */
export function convolutionWorkspace(
  channels: i32,
  filters: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  groups: i32,
): i32 {
  const taps = kernelHeight * kernelWidth;
  const joined = channels < FEW_CHANNELS && groups === 1;
  const run = max<i32>(joined ? kernelWidth * channels : channels / groups, filters / groups);
  const copies = joined ? copiesFor(kernelHeight, kernelWidth * channels) : 0;
  const columns = min<i32>(max<i32>(channels, filters), NC);
  const words = 3 * taps + run + addressesFor(taps) + copies + KC * (columns + NR);
  return <i32>offsetof<Taps>() + (words << 2);
}

/** Addresses of all runs of a block of positions, or of one run of a block of terms. */
function addressesFor(runs: i32): i32 {
  return max<i32>((<i32>bytesOfLine(MC) >> 2) * runs, KC);
}

/** Floats of the copies of these runs. */
function copiesFor(runs: i32, length: i32): i32 {
  return max<i32>(MC * runs, KC) * length;
}

/** Divides the workspace. `count`: taps of the kernel; `run`: floats of a run; `copies`: floats of copies. */
function tapsIn(workspace: usize, count: i32, run: i32, copies: i32): Taps {
  const taps = changetype<Taps>(workspace);
  taps.runs = 0;
  taps.offsets = workspace + offsetof<Taps>();
  taps.zeros = taps.offsets + <usize>count * 12;
  memory.fill(taps.zeros, 0, (<usize>run) << 2);
  taps.addresses = taps.zeros + ((<usize>run) << 2);
  taps.copies = taps.addresses + ((<usize>addressesFor(count)) << 2);
  taps.packedB = taps.copies + ((<usize>copies) << 2);
  return taps;
}

/** The windows of y over x. */
export function windows(g: Geometry, workspace: usize): Taps {
  const width = g.kernelWidth;
  const count = g.kernelHeight * width;
  const channels = g.channels / g.groups;
  const joined = g.channels < FEW_CHANNELS && g.groups === 1 && g.dilationWidth === 1;
  const span = joined ? width : 1;
  const run = span * channels;
  const taps = tapsIn(workspace, count, run, joined ? copiesFor(g.kernelHeight, run) : 0);
  taps.height = g.height;
  taps.width = g.width;
  taps.pixel = (<usize>g.channels) << 2;
  taps.firstRow = 0;
  taps.gridHeight = g.outHeight;
  taps.gridWidth = g.outWidth;
  taps.stepHeight = g.strideHeight;
  taps.stepWidth = g.strideWidth;
  taps.length = run;
  taps.span = span;
  for (let i = 0; i < g.kernelHeight; i++)
    for (let j = 0; j < width; j += span)
      taps.add(i * g.dilationHeight - g.paddingTop, j * g.dilationWidth - g.paddingLeft, i * width + j);
  return taps;
}

/**
 * For the pixels (i stride + row, j stride + column) of x, those pixels of y whose windows cover them: they
 * are windows over y themselves.
 */
export function windowsBack(g: Geometry, row: i32, column: i32, workspace: usize): Taps {
  const filters = g.filters / g.groups;
  const taps = tapsIn(workspace, g.kernelHeight * g.kernelWidth, filters, 0);
  taps.height = g.outHeight;
  taps.width = g.outWidth;
  taps.pixel = (<usize>g.filters) << 2;
  taps.firstRow = 0;
  taps.gridHeight = (g.height - row + g.strideHeight - 1) / g.strideHeight;
  taps.gridWidth = (g.width - column + g.strideWidth - 1) / g.strideWidth;
  taps.stepHeight = 1;
  taps.stepWidth = 1;
  taps.length = filters;
  taps.span = 1;
  for (let i = 0; i < g.kernelHeight; i++) {
    const y = row + g.paddingTop - i * g.dilationHeight;
    if (y % g.strideHeight !== 0) continue;
    for (let j = 0; j < g.kernelWidth; j++) {
      const x = column + g.paddingLeft - j * g.dilationWidth;
      if (x % g.strideWidth === 0) taps.add(y / g.strideHeight, x / g.strideWidth, i * g.kernelWidth + j);
    }
  }
  return taps;
}
