import { lane } from "./lane";

/**
 * Updates over flat slabs of n floats: w the weights, g their gradient, m and v what the optimizer remembers (0 where it does not).
 * Slabs do not overlap. `decay` adds decay w to the gradient, an L2 penalty. The scalars that change from step to step come
 * from float64 arithmetic outside.
 */
abstract class Update {
  /** One vector of each slab, or its first `part` lanes where that is not 0. */
  step<T>(w: usize, g: usize, m: usize, v: usize, part: i32, a: T, b: T, c: T, d: T, e: T, f: T): void {}
}

function update<Op extends Update>(w: usize, g: usize, m: usize, v: usize, n: i32, a: f32, b: f32, c: f32, d: f32 = 0, e: f32 = 0, f: f32 = 0): void {
  if (ASC_FEATURE_SIMD) updateOver<Op, v128>(w, g, m, v, n, a, b, c, d, e, f);
  else updateOver<Op, f32>(w, g, m, v, n, a, b, c, d, e, f);
}

function updateOver<Op extends Update, T>(w: usize, g: usize, m: usize, v: usize, n: i32, a: f32, b: f32, c: f32, d: f32, e: f32, f: f32): void {
  const op = changetype<Op>(0);
  const ua = lane.splat<T>(a);
  const ub = lane.splat<T>(b);
  const uc = lane.splat<T>(c);
  const ud = lane.splat<T>(d);
  const ue = lane.splat<T>(e);
  const uf = lane.splat<T>(f);
  for (const end = w + lane.wholeBytes<T>(n); w < end; w += lane.bytes<T>()) {
    op.step<T>(w, g, m, v, 0, ua, ub, uc, ud, ue, uf);
    g += lane.bytes<T>();
    m += lane.bytes<T>();
    v += lane.bytes<T>();
  }
  const rest = lane.rest<T>(n);
  if (rest) op.step<T>(w, g, m, v, rest, ua, ub, uc, ud, ue, uf);
}

class Sgd extends Update {
  @inline step<T>(w: usize, g: usize, m: usize, v: usize, part: i32, minusRate: T, decay: T, c: T, d: T, e: T, f: T): void {
    const weight = lane.read<T>(w, part);
    const gradient = lane.madd<T>(decay, weight, lane.read<T>(g, part));
    lane.write<T>(w, lane.madd<T>(minusRate, gradient, weight), part);
  }
}

/** g' = g + decay w; w = w - rate g'. */
export function sgd(w: usize, g: usize, n: i32, rate: f32, decay: f32): void {
  update<Sgd>(w, g, 0, 0, n, -rate, decay, 0);
}

class Momentum extends Update {
  @inline step<T>(w: usize, g: usize, m: usize, v: usize, part: i32, decay: T, input: T, momentum: T, ofGradient: T, ofVelocity: T, f: T): void {
    const weight = lane.read<T>(w, part);
    const gradient = lane.madd<T>(decay, weight, lane.read<T>(g, part));
    const velocity = lane.madd<T>(momentum, lane.read<T>(m, part), lane.mul<T>(input, gradient));
    lane.write<T>(m, velocity, part);
    lane.write<T>(w, lane.sub<T>(weight, lane.madd<T>(ofGradient, gradient, lane.mul<T>(ofVelocity, velocity))), part);
  }
}

/**
 * g' = g + decay w; m = momentum m + input g'; w = w - (ofGradient g' + ofVelocity m). With rate a and momentum b:
 *
 *   velocity  m holds gradients (PyTorch)      input 1   ofGradient 0   ofVelocity a      Nesterov: a, a b
 *             m holds steps, m = b m + a g     input a   ofGradient 0   ofVelocity 1      Nesterov: a, b
 */
export function momentum(w: usize, g: usize, m: usize, n: i32, decay: f32, input: f32, momentum: f32, ofGradient: f32, ofVelocity: f32): void {
  update<Momentum>(w, g, m, 0, n, decay, input, momentum, ofGradient, ofVelocity);
}

class Adam extends Update {
  @inline step<T>(w: usize, g: usize, m: usize, v: usize, part: i32, decay: T, keep: T, rate: T, ofMean: T, ofSquare: T, epsilon: T): void {
    const weight = lane.read<T>(w, part);
    const gradient = lane.madd<T>(decay, weight, lane.read<T>(g, part));
    let mean = lane.read<T>(m, part);
    let square = lane.read<T>(v, part);
    mean = lane.madd<T>(ofMean, lane.sub<T>(gradient, mean), mean);
    square = lane.madd<T>(ofSquare, lane.sub<T>(lane.mul<T>(gradient, gradient), square), square);
    lane.write<T>(m, mean, part);
    lane.write<T>(v, square, part);
    const step = lane.div<T>(lane.mul<T>(rate, mean), lane.add<T>(lane.sqrt<T>(square), epsilon));
    lane.write<T>(w, lane.sub<T>(lane.mul<T>(keep, weight), step), part);
  }
}

/**
 * g' = g + decay w; m = m + ofMean (g' - m); v = v + ofSquare (g'^2 - v); w = keep w - rate m / (sqrt(v) + epsilon)
 * (Kingma and Ba 2015, ofMean = 1 - beta1, ofSquare = 1 - beta2; a keep below 1 is the decoupled decay of Loshchilov and Hutter
 * 2019). The corrections of the first steps' bias are in rate and epsilon: at step t, with c = sqrt(1 - beta2^t), rate = learning
 * rate c / (1 - beta1^t), and epsilon c.
 */
export function adam(w: usize, g: usize, m: usize, v: usize, n: i32, decay: f32, keep: f32, rate: f32, ofMean: f32, ofSquare: f32, epsilon: f32): void {
  update<Adam>(w, g, m, v, n, decay, keep, rate, ofMean, ofSquare, epsilon);
}
