/** Memory that is in use from step `from` to step `to`, both included. */
export interface Region {
  readonly bytes: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Offsets in one block of memory such that no two regions in use at the same time overlap, and the bytes of
 * that block. Largest first, each into the lowest gap among those in use at the same time that are placed
 * already (as XNNPACK's memory planner does). Offsets are multiples of what all `bytes` are multiples of.
 */
export function place(regions: readonly Region[]): { offsets: number[]; bytes: number } {
  const offsets = new Array<number>(regions.length).fill(0);
  const order = regions.map((_, i) => i).sort((a, b) => regions[b].bytes - regions[a].bytes || a - b);
  /**
   * By step, the end of the region in use that begins at 0, of which there is one at most. Scratch memory is
   * mostly such a region of a single step: with it in a table, hundreds of layers are placed quickly.
   */
  const floor = new Float64Array(1 + regions.reduce((last, { to }) => Math.max(last, to), 0));
  /** The others, in the order of their offsets. */
  const placed: number[] = [];
  let total = 0;
  for (const i of order) {
    const { bytes, from, to } = regions[i];
    let offset = 0;
    for (let step = from; step <= to; step++) if (floor[step] > offset) offset = floor[step];
    for (const other of placed) {
      if (offsets[other] >= offset + bytes) break;
      const region = regions[other];
      if (region.to < from || region.from > to) continue;
      offset = Math.max(offset, offsets[other] + region.bytes);
    }
    offsets[i] = offset;
    total = Math.max(total, offset + bytes);
    if (offset === 0) floor.fill(bytes, from, to + 1);
    else if (bytes > 0) placed.splice(firstAfter(placed, offsets, offset), 0, i);
  }
  return { offsets, bytes: total };
}

/** Where in `placed` an offset belongs, by bisection. */
function firstAfter(placed: readonly number[], offsets: readonly number[], offset: number): number {
  let low = 0;
  let high = placed.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (offsets[placed[middle]] <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
