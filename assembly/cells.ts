import { lane } from "./lane";
import { math } from "./math";

/**
 * A cell of a recurrent layer: what one unit of one sample does in one time step. Blocks of `units` floats
 * stand side by side, `size` bytes apart; j is the offset in a block and `part` as in lane.read.
 *
 *   x        blocks of the input's product, X W + b
 *   sum      blocks of the state's product: H R + x, or H R + rb where the cell is `separate`
 *   before   the state of the step before; 0 stands for zeros
 *   state    the new state: `states` blocks, the first of which is the output h
 *   kept     what backward needs beside the states
 *   dy       the gradient of the state from outside of the layer
 *   carry    that from the next step; backward leaves there what goes to the step before past the product
 *   delta    the gradient of the state's product: `blocks` blocks
 *   dx       that of x; delta itself where the cell is not separate
 *   slope    that of the gates, as in Gate
 */
export abstract class Cell {
  /** Blocks of the product with R. */
  abstract blocks(): i32;

  /** Blocks of the state. */
  abstract states(): i32;

  /** Blocks of `kept`. */
  abstract kept(): i32;

  /** Whether the cell takes the product of the state apart from that of the input. */
  abstract separate(): bool;

  forward<T>(
    x: usize,
    sum: usize,
    before: usize,
    state: usize,
    kept: usize,
    size: usize,
    j: usize,
    part: i32,
    slope: f32,
  ): void {
    lane.write<T>(state + j, lane.read<T>(sum + j, part), part);
  }

  backward<T>(
    dy: usize,
    kept: usize,
    state: usize,
    before: usize,
    carry: usize,
    delta: usize,
    dx: usize,
    size: usize,
    j: usize,
    part: i32,
    slope: f32,
  ): void {
    lane.write<T>(delta + j, lane.read<T>(dy + j, part), part);
  }
}

/**
 * A gate: sigmoid(z) where the slope is 0, else min(max(slope z + 1/2, 0), 1), as older files of Keras have.
 */
export class Gate {
  @inline static of<T>(z: T, slope: f32): T {
    if (slope === 0) return math.sigmoid<T>(z);
    const line = lane.madd<T>(lane.splat<T>(slope), z, lane.splat<T>(0.5));
    return lane.atMost<T>(lane.atLeast<T>(line, lane.splat<T>(0)), lane.splat<T>(1));
  }

  /** The derivative of a gate by z, from its value. */
  @inline static derivative<T>(gate: T, slope: f32): T {
    const one = lane.splat<T>(1);
    if (slope === 0) return lane.mul<T>(gate, lane.sub<T>(one, gate));
    const zero = lane.splat<T>(0);
    const isOpen = lane.and<T>(lane.lt<T>(zero, gate), lane.lt<T>(gate, one));
    return lane.select<T>(isOpen, lane.splat<T>(slope), zero);
  }
}

/** Reads of blocks that may be missing. */
class from {
  @inline static before<T>(p: usize, j: usize, part: i32): T {
    return p ? lane.read<T>(p + j, part) : lane.splat<T>(0);
  }
}

/** h = tanh(sum) (Elman 1990). */
export class Elman extends Cell {
  @inline blocks(): i32 {
    return 1;
  }

  @inline states(): i32 {
    return 1;
  }

  @inline kept(): i32 {
    return 0;
  }

  @inline separate(): bool {
    return false;
  }

  @inline forward<T>(
    x: usize,
    sum: usize,
    before: usize,
    state: usize,
    kept: usize,
    size: usize,
    j: usize,
    part: i32,
    slope: f32,
  ): void {
    lane.write<T>(state + j, math.tanh<T>(lane.read<T>(sum + j, part)), part);
  }

  @inline backward<T>(
    dy: usize,
    kept: usize,
    state: usize,
    before: usize,
    carry: usize,
    delta: usize,
    dx: usize,
    size: usize,
    j: usize,
    part: i32,
    slope: f32,
  ): void {
    const dh = lane.add<T>(lane.read<T>(dy + j, part), lane.read<T>(carry + j, part));
    const h = lane.read<T>(state + j, part);
    const bend = lane.sub<T>(lane.splat<T>(1), lane.mul<T>(h, h));
    lane.write<T>(delta + j, lane.mul<T>(dh, bend), part);
    lane.write<T>(carry + j, lane.splat<T>(0), part);
  }
}

/** h = max(sum, 0) (Le, Jaitly and Hinton 2015). */
export class Rectified extends Cell {
  @inline blocks(): i32 {
    return 1;
  }

  @inline states(): i32 {
    return 1;
  }

  @inline kept(): i32 {
    return 0;
  }

  @inline separate(): bool {
    return false;
  }

  @inline forward<T>(
    x: usize,
    sum: usize,
    before: usize,
    state: usize,
    kept: usize,
    size: usize,
    j: usize,
    part: i32,
    slope: f32,
  ): void {
    lane.write<T>(state + j, lane.atLeast<T>(lane.read<T>(sum + j, part), lane.splat<T>(0)), part);
  }

  @inline backward<T>(
    dy: usize,
    kept: usize,
    state: usize,
    before: usize,
    carry: usize,
    delta: usize,
    dx: usize,
    size: usize,
    j: usize,
    part: i32,
    slope: f32,
  ): void {
    const dh = lane.add<T>(lane.read<T>(dy + j, part), lane.read<T>(carry + j, part));
    const zero = lane.splat<T>(0);
    lane.write<T>(delta + j, lane.select<T>(lane.lt<T>(zero, lane.read<T>(state + j, part)), dh, zero), part);
    lane.write<T>(carry + j, zero, part);
  }
}

/**
 * Long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers and others 2000):
 *
 *   i, f, o = gate(sum[0]), gate(sum[1]), gate(sum[3]);   g = tanh(sum[2])
 *   c = f c' + i g;   h = o tanh(c)
 *
 * The state is h and c; kept are i, f, g and o.
 */
export class Lstm extends Cell {
  @inline blocks(): i32 {
    return 4;
  }

  @inline states(): i32 {
    return 2;
  }

  @inline kept(): i32 {
    return 4;
  }

  @inline separate(): bool {
    return false;
  }

  @inline forward<T>(
    x: usize,
    sum: usize,
    before: usize,
    state: usize,
    kept: usize,
    size: usize,
    j: usize,
    part: i32,
    slope: f32,
  ): void {
    sum += j;
    const i = Gate.of<T>(lane.read<T>(sum, part), slope);
    const f = Gate.of<T>(lane.read<T>(sum + size, part), slope);
    const g = math.tanh<T>(lane.read<T>(sum + 2 * size, part));
    const o = Gate.of<T>(lane.read<T>(sum + 3 * size, part), slope);
    let c = lane.mul<T>(i, g);
    if (before) c = lane.add<T>(lane.mul<T>(f, lane.read<T>(before + size + j, part)), c);
    lane.write<T>(state + size + j, c, part);
    lane.write<T>(state + j, lane.mul<T>(o, math.tanh<T>(c)), part);
    if (!kept) return;
    kept += j;
    lane.write<T>(kept, i, part);
    lane.write<T>(kept + size, f, part);
    lane.write<T>(kept + 2 * size, g, part);
    lane.write<T>(kept + 3 * size, o, part);
  }

  @inline backward<T>(
    dy: usize,
    kept: usize,
    state: usize,
    before: usize,
    carry: usize,
    delta: usize,
    dx: usize,
    size: usize,
    j: usize,
    part: i32,
    slope: f32,
  ): void {
    const one = lane.splat<T>(1);
    kept += j;
    delta += j;
    const i = lane.read<T>(kept, part);
    const f = lane.read<T>(kept + size, part);
    const g = lane.read<T>(kept + 2 * size, part);
    const o = lane.read<T>(kept + 3 * size, part);
    const bent = math.tanh<T>(lane.read<T>(state + size + j, part));
    const dh = lane.add<T>(lane.read<T>(dy + j, part), lane.read<T>(carry + j, part));
    const outside = lane.add<T>(lane.read<T>(dy + size + j, part), lane.read<T>(carry + size + j, part));
    const bend = lane.sub<T>(one, lane.mul<T>(bent, bent));
    const dc = lane.madd<T>(lane.mul<T>(dh, o), bend, outside);
    const last = from.before<T>(before, size + j, part);
    lane.write<T>(carry + j, lane.splat<T>(0), part);
    lane.write<T>(carry + size + j, lane.mul<T>(dc, f), part);
    lane.write<T>(delta, lane.mul<T>(lane.mul<T>(dc, g), Gate.derivative<T>(i, slope)), part);
    lane.write<T>(delta + size, lane.mul<T>(lane.mul<T>(dc, last), Gate.derivative<T>(f, slope)), part);
    lane.write<T>(
      delta + 2 * size,
      lane.mul<T>(lane.mul<T>(dc, i), lane.sub<T>(one, lane.mul<T>(g, g))),
      part,
    );
    lane.write<T>(delta + 3 * size, lane.mul<T>(lane.mul<T>(dh, bent), Gate.derivative<T>(o, slope)), part);
  }
}

/**
 * Gated recurrent unit (Cho and others 2014), with the reset gate behind the product:
 *
 *   r, z = gate(x[0] + sum[0]), gate(x[1] + sum[1]);   n = tanh(x[2] + r q), q = sum[2]
 *   h = n + z (h' - n)
 *
 * Kept are r, z, n and q.
 */
export class Gru extends Cell {
  @inline blocks(): i32 {
    return 3;
  }

  @inline states(): i32 {
    return 1;
  }

  @inline kept(): i32 {
    return 4;
  }

  @inline separate(): bool {
    return true;
  }

  @inline forward<T>(
    x: usize,
    sum: usize,
    before: usize,
    state: usize,
    kept: usize,
    size: usize,
    j: usize,
    part: i32,
    slope: f32,
  ): void {
    x += j;
    sum += j;
    const q = lane.read<T>(sum + 2 * size, part);
    const r = Gate.of<T>(lane.add<T>(lane.read<T>(x, part), lane.read<T>(sum, part)), slope);
    const z = Gate.of<T>(lane.add<T>(lane.read<T>(x + size, part), lane.read<T>(sum + size, part)), slope);
    const n = math.tanh<T>(lane.add<T>(lane.read<T>(x + 2 * size, part), lane.mul<T>(r, q)));
    const last = from.before<T>(before, j, part);
    lane.write<T>(state + j, lane.add<T>(n, lane.mul<T>(z, lane.sub<T>(last, n))), part);
    if (!kept) return;
    kept += j;
    lane.write<T>(kept, r, part);
    lane.write<T>(kept + size, z, part);
    lane.write<T>(kept + 2 * size, n, part);
    lane.write<T>(kept + 3 * size, q, part);
  }

  @inline backward<T>(
    dy: usize,
    kept: usize,
    state: usize,
    before: usize,
    carry: usize,
    delta: usize,
    dx: usize,
    size: usize,
    j: usize,
    part: i32,
    slope: f32,
  ): void {
    const one = lane.splat<T>(1);
    kept += j;
    delta += j;
    dx += j;
    const r = lane.read<T>(kept, part);
    const z = lane.read<T>(kept + size, part);
    const n = lane.read<T>(kept + 2 * size, part);
    const q = lane.read<T>(kept + 3 * size, part);
    const dh = lane.add<T>(lane.read<T>(dy + j, part), lane.read<T>(carry + j, part));
    const last = from.before<T>(before, j, part);
    const rest = lane.sub<T>(one, z);
    const dz = lane.mul<T>(lane.mul<T>(dh, lane.sub<T>(last, n)), Gate.derivative<T>(z, slope));
    const dn = lane.mul<T>(lane.mul<T>(dh, rest), lane.sub<T>(one, lane.mul<T>(n, n)));
    const dr = lane.mul<T>(lane.mul<T>(dn, q), Gate.derivative<T>(r, slope));
    lane.write<T>(carry + j, lane.mul<T>(dh, z), part);
    lane.write<T>(delta, dr, part);
    lane.write<T>(delta + size, dz, part);
    lane.write<T>(delta + 2 * size, lane.mul<T>(dn, r), part);
    lane.write<T>(dx, dr, part);
    lane.write<T>(dx + size, dz, part);
    lane.write<T>(dx + 2 * size, dn, part);
  }
}
