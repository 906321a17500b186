import { lane } from "./lane";
import { Update, update } from "./update";

class Sgd extends Update {
  @inline step<T>(
    w: usize,
    g: usize,
    m: usize,
    v: usize,
    x: usize,
    withM: bool,
    withX: bool,
    part: i32,
    minusRate: T,
    decay: T,
    c: T,
    d: T,
    e: T,
    f: T,
    h: T,
    bits: T,
  ): void {
    const weight = lane.read<T>(w, part);
    const gradient = lane.madd<T>(decay, weight, lane.read<T>(g, part));
    lane.write<T>(w, lane.madd<T>(minusRate, gradient, weight), part);
  }
}

/** g' = g + decay w; w = w - rate g'. */
export function sgd(w: usize, g: usize, n: i32, rate: f32, decay: f32): void {
  update<Sgd>(w, g, 0, 0, 0, n, -rate, decay);
}

class Momentum extends Update {
  @inline step<T>(
    w: usize,
    g: usize,
    m: usize,
    v: usize,
    x: usize,
    withM: bool,
    withX: bool,
    part: i32,
    decay: T,
    input: T,
    momentum: T,
    ofGradient: T,
    ofVelocity: T,
    f: T,
    h: T,
    bits: T,
  ): void {
    const weight = lane.read<T>(w, part);
    const gradient = lane.madd<T>(decay, weight, lane.read<T>(g, part));
    const velocity = lane.madd<T>(momentum, lane.read<T>(m, part), lane.mul<T>(input, gradient));
    lane.write<T>(m, velocity, part);
    lane.write<T>(
      w,
      lane.sub<T>(weight, lane.madd<T>(ofGradient, gradient, lane.mul<T>(ofVelocity, velocity))),
      part,
    );
  }
}

/**
 * g' = g + decay w; m = momentum m + input g'; w = w - (ofGradient g' + ofVelocity m). With rate a and
 * momentum b:
 *
 *   velocity  m holds gradients (PyTorch)      input 1   ofGradient 0   ofVelocity a      Nesterov: a, a b
 *             m holds steps, m = b m + a g     input a   ofGradient 0   ofVelocity 1      Nesterov: a, b
 *
 * Dampening d makes the input 1 - d times that after the first step.
 */
export function momentum(
  w: usize,
  g: usize,
  m: usize,
  n: i32,
  decay: f32,
  input: f32,
  momentum: f32,
  ofGradient: f32,
  ofVelocity: f32,
): void {
  update<Momentum>(w, g, m, 0, 0, n, decay, input, momentum, ofGradient, ofVelocity);
}

class Adam extends Update {
  @inline step<T>(
    w: usize,
    g: usize,
    m: usize,
    v: usize,
    x: usize,
    withM: bool,
    withX: bool,
    part: i32,
    decay: T,
    keep: T,
    rate: T,
    ofMean: T,
    ofSquare: T,
    epsilon: T,
    ofGradient: T,
    unmoved: T,
  ): void {
    const weight = lane.read<T>(w, part);
    const gradient = lane.madd<T>(decay, weight, lane.read<T>(g, part));
    let mean = lane.read<T>(m, part);
    let square = lane.read<T>(v, part);
    let still = lane.splat<T>(0);
    // The rank of |mean| among floats. Shifting drops the sign. Adding 2^31 - 1 subtracts 1 and moves
    // unsigned order to signed order, so that a mean of 0 ranks last, not first.
    const rank = lane.addBits<T>(lane.shiftLeft<T>(mean, 1), lane.splatBits<T>(i32.MAX_VALUE));
    const isLeast = lane.ltBits<T>(rank, unmoved);
    if (lane.any<T>(isLeast)) {
      still = lane.and<T>(mean, lane.and<T>(isLeast, lane.eq<T>(gradient, still)));
      mean = lane.xor<T>(mean, still);
    }
    mean = lane.madd<T>(ofMean, lane.sub<T>(gradient, mean), mean);
    square = lane.madd<T>(ofSquare, lane.sub<T>(lane.mul<T>(gradient, gradient), square), square);
    lane.write<T>(m, lane.or<T>(mean, still), part);
    lane.write<T>(v, square, part);
    if (withX) {
      square = lane.max<T>(square, lane.read<T>(x, part));
      lane.write<T>(x, square, part);
    }
    const direction = lane.madd<T>(ofGradient, gradient, lane.mul<T>(rate, mean));
    const step = lane.div<T>(direction, lane.add<T>(lane.sqrt<T>(square), epsilon));
    lane.write<T>(w, lane.sub<T>(lane.mul<T>(keep, weight), step), part);
  }
}

/**
 * g' = g + decay w; m = m + ofMean (g' - m); v = v + ofSquare (g'^2 - v); w = keep w - (rate m + ofGradient
 * g') / (sqrt(v) + epsilon) (Kingma and Ba 2015, ofMean = 1 - beta1, ofSquare = 1 - beta2; a keep below 1 is
 * the decoupled decay of Loshchilov and Hutter 2019). The corrections of the first steps' bias are in rate
 * and epsilon: at step t, with c = sqrt(1 - beta2^t), rate = learning rate c / (1 - beta1^t), and epsilon c.
 * ofGradient is 0 but for Nesterov's momentum (Dozat 2016). Where x is not 0, x = max(x, v) stands for v in
 * the denominator (AMSGrad: Reddi, Kale and Kumar 2018).
 *
 * Of a weight whose gradient stays 0, as behind a unit that is always off, m ends at a few units of the
 * smallest subnormal number: what is added to it rounds to 0, and so does the step. Processors take several
 * times as long over such numbers, so these are computed as 0 and m stays: the bits are the
 * same, but for the sign of a weight of 0.
 */
export function adam(
  w: usize,
  g: usize,
  m: usize,
  v: usize,
  x: usize,
  n: i32,
  decay: f32,
  keep: f32,
  rate: f32,
  ofMean: f32,
  ofSquare: f32,
  epsilon: f32,
  ofGradient: f32,
): void {
  const unmoved = unmovedBy(max<f32>(abs<f32>(ofMean), abs<f32>(rate)));
  update<Adam>(w, g, m, v, x, n, decay, keep, rate, ofMean, ofSquare, epsilon, ofGradient, unmoved);
}

/**
 * How many of the smallest magnitudes above 0 are so near to it that `factor` times them is 0 in float32,
 * 2^23 at most, for above numbers are not evenly spaced. As the rank that Adam compares with.
 */
function unmovedBy(factor: f32): i32 {
  const most = 0.5 / <f64>factor;
  const count = most >= 8_388_608 ? 8_388_608 : most >= 1 ? i32(most) : 0;
  return i32.MIN_VALUE + 2 * count;
}

class Rmsprop extends Update {
  @inline step<T>(
    w: usize,
    g: usize,
    m: usize,
    v: usize,
    x: usize,
    withM: bool,
    withX: bool,
    part: i32,
    decay: T,
    rate: T,
    keepSquare: T,
    ofSquare: T,
    epsilon: T,
    momentum: T,
    h: T,
    bits: T,
  ): void {
    const weight = lane.read<T>(w, part);
    const gradient = lane.madd<T>(decay, weight, lane.read<T>(g, part));
    let square = lane.madd<T>(
      ofSquare,
      lane.mul<T>(gradient, gradient),
      lane.mul<T>(keepSquare, lane.read<T>(v, part)),
    );
    lane.write<T>(v, square, part);
    if (withX) {
      let mean = lane.read<T>(x, part);
      mean = lane.madd<T>(ofSquare, lane.sub<T>(gradient, mean), mean);
      lane.write<T>(x, mean, part);
      // Of gradients that are all alike, rounding may leave less than nothing.
      square = lane.atLeast<T>(lane.sub<T>(square, lane.mul<T>(mean, mean)), lane.splat<T>(0));
    }
    let step = lane.div<T>(gradient, lane.add<T>(lane.sqrt<T>(square), epsilon));
    if (withM) {
      step = lane.madd<T>(momentum, lane.read<T>(m, part), step);
      lane.write<T>(m, step, part);
    }
    lane.write<T>(w, lane.sub<T>(weight, lane.mul<T>(rate, step)), part);
  }
}

/**
 * g' = g + decay w; v = keepSquare v + ofSquare g'^2; s = g' / (sqrt(v) + epsilon); w = w - rate s (Tieleman
 * and Hinton 2012, keepSquare = 1 - ofSquare; both 1: Adagrad, Duchi, Hazan and Singer 2011). Where x is not
 * 0, x = x + ofSquare (g' - x) and v - x^2 stands for v under the root (centered: Graves 2013). Where m is
 * not 0, m = momentum m + s stands for s.
 */
export function rmsprop(
  w: usize,
  g: usize,
  m: usize,
  v: usize,
  x: usize,
  n: i32,
  decay: f32,
  rate: f32,
  keepSquare: f32,
  ofSquare: f32,
  epsilon: f32,
  momentum: f32,
): void {
  update<Rmsprop>(w, g, m, v, x, n, decay, rate, keepSquare, ofSquare, epsilon, momentum);
}

class Adadelta extends Update {
  @inline step<T>(
    w: usize,
    g: usize,
    m: usize,
    v: usize,
    x: usize,
    withM: bool,
    withX: bool,
    part: i32,
    decay: T,
    rate: T,
    ofSquare: T,
    epsilon: T,
    e: T,
    f: T,
    h: T,
    bits: T,
  ): void {
    const weight = lane.read<T>(w, part);
    const gradient = lane.madd<T>(decay, weight, lane.read<T>(g, part));
    const steps = lane.read<T>(m, part);
    let square = lane.read<T>(v, part);
    square = lane.madd<T>(ofSquare, lane.sub<T>(lane.mul<T>(gradient, gradient), square), square);
    lane.write<T>(v, square, part);
    const step = lane.mul<T>(
      lane.sqrt<T>(lane.div<T>(lane.add<T>(steps, epsilon), lane.add<T>(square, epsilon))),
      gradient,
    );
    lane.write<T>(m, lane.madd<T>(ofSquare, lane.sub<T>(lane.mul<T>(step, step), steps), steps), part);
    lane.write<T>(w, lane.sub<T>(weight, lane.mul<T>(rate, step)), part);
  }
}

/**
 * g' = g + decay w; v = v + ofSquare (g'^2 - v); s = sqrt((m + epsilon) / (v + epsilon)) g'; m = m + ofSquare
 * (s^2 - m); w = w - rate s (Zeiler 2012, ofSquare = 1 - rho).
 */
export function adadelta(
  w: usize,
  g: usize,
  m: usize,
  v: usize,
  n: i32,
  decay: f32,
  rate: f32,
  ofSquare: f32,
  epsilon: f32,
): void {
  update<Adadelta>(w, g, m, v, 0, n, decay, rate, ofSquare, epsilon);
}

class Lion extends Update {
  @inline step<T>(
    w: usize,
    g: usize,
    m: usize,
    v: usize,
    x: usize,
    withM: bool,
    withX: bool,
    part: i32,
    keep: T,
    rate: T,
    ofDirection: T,
    ofMean: T,
    e: T,
    f: T,
    h: T,
    bits: T,
  ): void {
    const mean = lane.read<T>(m, part);
    const difference = lane.sub<T>(lane.read<T>(g, part), mean);
    lane.write<T>(m, lane.madd<T>(ofMean, difference, mean), part);
    const direction = lane.madd<T>(ofDirection, difference, mean);
    const zero = lane.splat<T>(0);
    // What is neither above nor below 0 is the step itself: 0, or NaN.
    const down = lane.select<T>(lane.lt<T>(direction, zero), lane.neg<T>(rate), direction);
    const step = lane.select<T>(lane.lt<T>(zero, direction), rate, down);
    lane.write<T>(w, lane.sub<T>(lane.mul<T>(keep, lane.read<T>(w, part)), step), part);
  }
}

/**
 * c = m + ofDirection (g - m); w = keep w - rate sign(c); m = m + ofMean (g - m) (Chen et al. 2023, "Symbolic
 * Discovery of Optimization Algorithms", with ofDirection = 1 - beta1, ofMean = 1 - beta2 and keep = 1 - rate
 * times the decay).
 */
export function lion(
  w: usize,
  g: usize,
  m: usize,
  n: i32,
  keep: f32,
  rate: f32,
  ofDirection: f32,
  ofMean: f32,
): void {
  update<Lion>(w, g, m, 0, 0, n, keep, rate, ofDirection, ofMean);
}
