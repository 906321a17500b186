import { called } from "./called";
import { scale as scaleBy, zero } from "./elementwise";
import { lane } from "./lane";
import { Binary, binary, Unary, unary } from "./map";
import { maximum, sum, sumOf, Term } from "./reduce";
import { expRow } from "./softmax";

/**
 * A loss is the sum of its terms, which the caller scales, and the gradient scale * d(sum)/dp. p:
 * predictions, t: targets. In the sum the terms of row i count w[i], or 1 where w = 0; of the gradient the
 * caller scales the rows.
 *
 *   elementwise   xxx(p[n], t[n], n, s, w[n/cols], cols) -> sum     xxxGradient(p[n], t[n], d[n], n, s, scale)     d may be p or t
 *   over rows     one kernel for both, d = 0 for the sum alone
 */

/** sum over rows i of w[i] times the sum of Op over row i; without weights all n elements are one row. */
function weightedSum<Op extends Term>(p: usize, t: usize, n: i32, s: f32, w: usize, cols: i32): f32 {
  const length = w ? cols : n;
  const stride = (<usize>length) << 2;
  let total: f64 = 0;
  for (const end = p + ((<usize>n) << 2); p < end; p += stride) {
    total += <f64>sumOf<Op>(p, t, length, s) * <f64>weightOf(w);
    t += stride;
    // Without weights there is no second row.
    w += 4;
  }
  return <f32>total;
}

function weightOf(w: usize): f32 {
  return w ? load<f32>(w) : 1;
}

class SquaredError extends Term {
  @inline term<T>(p: T, t: T, s: T, u: T): T {
    const error = lane.sub<T>(p, t);
    return lane.mul<T>(error, error);
  }
}

class SquaredErrorSlope extends Binary {
  @inline apply<T>(p: T, t: T, s: T, scale: T): T {
    const error = lane.sub<T>(p, t);
    return lane.mul<T>(lane.add<T>(error, error), scale);
  }
}

/** sum of (p - t)^2. */
export function squaredError(p: usize, t: usize, n: i32, s: f32, w: usize, cols: i32): f32 {
  return weightedSum<SquaredError>(p, t, n, s, w, cols);
}

export function squaredErrorGradient(p: usize, t: usize, d: usize, n: i32, s: f32, scale: f32): void {
  binary<SquaredErrorSlope>(p, t, d, n, s, scale);
}

class AbsoluteError extends Term {
  @inline term<T>(p: T, t: T, s: T, u: T): T {
    return lane.abs<T>(lane.sub<T>(p, t));
  }
}

class AbsoluteErrorSlope extends Binary {
  /** The sign of p - t; 0 where they are equal, and NaN where that is NaN, which no comparison would tell. */
  @inline apply<T>(p: T, t: T, s: T, scale: T): T {
    const error = lane.sub<T>(p, t);
    const above = lane.and<T>(lane.lt<T>(t, p), scale);
    const below = lane.and<T>(lane.lt<T>(p, t), scale);
    return lane.select<T>(lane.eq<T>(error, error), lane.sub<T>(above, below), error);
  }
}

/** sum of |p - t|. */
export function absoluteError(p: usize, t: usize, n: i32, s: f32, w: usize, cols: i32): f32 {
  return weightedSum<AbsoluteError>(p, t, n, s, w, cols);
}

export function absoluteErrorGradient(p: usize, t: usize, d: usize, n: i32, s: f32, scale: f32): void {
  binary<AbsoluteErrorSlope>(p, t, d, n, s, scale);
}

class Huber extends Term {
  /**
   * With c = min(|e|, delta): c (|e| - c / 2), which is e^2 / 2 inside and delta (|e| - delta / 2) outside.
   */
  @inline term<T>(p: T, t: T, delta: T, u: T): T {
    const error = lane.abs<T>(lane.sub<T>(p, t));
    const clipped = lane.atMost<T>(error, delta);
    return lane.mul<T>(clipped, lane.sub<T>(error, lane.mul<T>(lane.splat<T>(0.5), clipped)));
  }
}

class HuberSlope extends Binary {
  @inline apply<T>(p: T, t: T, delta: T, scale: T): T {
    const error = lane.atLeast<T>(lane.atMost<T>(lane.sub<T>(p, t), delta), lane.neg<T>(delta));
    return lane.mul<T>(error, scale);
  }
}

/** sum of Huber's function of p - t with the threshold s (Huber 1964). */
export function huber(p: usize, t: usize, n: i32, s: f32, w: usize, cols: i32): f32 {
  return weightedSum<Huber>(p, t, n, s, w, cols);
}

export function huberGradient(p: usize, t: usize, d: usize, n: i32, s: f32, scale: f32): void {
  binary<HuberSlope>(p, t, d, n, s, scale);
}

class BinaryCrossEntropy extends Term {
  /**
   * -(t log p + (1 - t) log(1 - p)); each logarithm is at least -100, as in PyTorch, so that p = 0 and p = 1
   * stay finite.
   */
  @inline term<T>(p: T, t: T, s: T, u: T): T {
    const least = lane.splat<T>(-100);
    const one = lane.splat<T>(1);
    const hit = lane.mul<T>(t, lane.atLeast<T>(called.log<T>(p), least));
    const miss = lane.mul<T>(lane.sub<T>(one, t), lane.atLeast<T>(called.log1p<T>(lane.neg<T>(p)), least));
    return lane.neg<T>(lane.add<T>(hit, miss));
  }
}

class BinaryCrossEntropySlope extends Binary {
  /** (p - t) / max(p (1 - p), 1e-12). */
  @inline apply<T>(p: T, t: T, s: T, scale: T): T {
    const spread = lane.atLeast<T>(lane.mul<T>(p, lane.sub<T>(lane.splat<T>(1), p)), lane.splat<T>(1e-12));
    return lane.mul<T>(lane.div<T>(lane.sub<T>(p, t), spread), scale);
  }
}

/** sum of the cross-entropies of targets t in [0, 1] against probabilities p. */
export function binaryCrossEntropy(p: usize, t: usize, n: i32, s: f32, w: usize, cols: i32): f32 {
  return weightedSum<BinaryCrossEntropy>(p, t, n, s, w, cols);
}

export function binaryCrossEntropyGradient(p: usize, t: usize, d: usize, n: i32, s: f32, scale: f32): void {
  binary<BinaryCrossEntropySlope>(p, t, d, n, s, scale);
}

class BinaryCrossEntropyWithLogits extends Term {
  /**
   * softplus(p) - t p, which is -(t log sigmoid(p) + (1 - t) log(1 - sigmoid(p))) without an overflow; the
   * softplus in two parts, max(p, 0) and the rest, for beside a large p that is right a small loss would
   * round away.
   */
  @inline term<T>(p: T, t: T, s: T, u: T): T {
    const wrong = lane.sub<T>(lane.atLeast<T>(p, lane.splat<T>(0)), lane.mul<T>(t, p));
    return lane.add<T>(called.softplus<T>(lane.neg<T>(lane.abs<T>(p))), wrong);
  }
}

class BinaryCrossEntropyWithLogitsSlope extends Binary {
  @inline apply<T>(p: T, t: T, s: T, scale: T): T {
    return lane.mul<T>(lane.sub<T>(called.sigmoid<T>(p), t), scale);
  }
}

/** sum of the cross-entropies of targets t in [0, 1] against the probabilities sigmoid(p). */
export function binaryCrossEntropyWithLogits(p: usize, t: usize, n: i32, s: f32, w: usize, cols: i32): f32 {
  return weightedSum<BinaryCrossEntropyWithLogits>(p, t, n, s, w, cols);
}

export function binaryCrossEntropyWithLogitsGradient(
  p: usize,
  t: usize,
  d: usize,
  n: i32,
  s: f32,
  scale: f32,
): void {
  binary<BinaryCrossEntropyWithLogitsSlope>(p, t, d, n, s, scale);
}

/** t[i,j] = on where j = label[i], else off. */
export function oneHot(label: usize, t: usize, rows: i32, cols: i32, on: f32, off: f32): void {
  for (let i = 0; i < rows; i++) {
    const hit = labelOf(label, i, cols);
    for (let j = 0; j < cols; j++) {
      store<f32>(t, j === hit ? on : off);
      t += 4;
    }
  }
}

class Affine extends Unary {
  @inline apply<T>(x: T, s: T, t: T): T {
    return lane.madd<T>(s, x, t);
  }
}

/** y = s x + t, n floats. y may be x. */
export function affine(x: usize, y: usize, n: i32, s: f32, t: f32): void {
  unary<Affine>(x, y, n, s, t);
}

class WeightedGap extends Term {
  /**
   * t (log-sum-exp - z), the log-sum-exp in two parts: added first, a small logTotal would vanish beside a
   * large z. Where t is 0 the gap counts as finite, which it is not at a logit of -Infinity: 0 times Infinity
   * would be NaN.
   */
  @inline term<T>(z: T, t: T, largest: T, logTotal: T): T {
    const gap = lane.add<T>(lane.sub<T>(largest, z), logTotal);
    const most = lane.select<T>(
      lane.eq<T>(t, lane.splat<T>(0)),
      lane.splat<T>(f32.MAX_VALUE),
      lane.splat<T>(Infinity),
    );
    return lane.mul<T>(t, lane.atMost<T>(gap, most));
  }
}

class SoftmaxSlope extends Binary {
  @inline apply<T>(e: T, t: T, s: T, scale: T): T {
    return lane.mul<T>(lane.sub<T>(lane.mul<T>(e, s), t), scale);
  }
}

/** terms[i] = term w[i]. */
function keepTerm(terms: usize, i: i32, term: f32, w: usize): void {
  const offset = (<usize>i) << 2;
  store<f32>(terms + offset, term * weightOf(w && w + offset));
}

function labelOf(label: usize, row: i32, classes: i32): i32 {
  const value = load<i32>(label + ((<usize>row) << 2));
  assert(value >= 0 && value < classes);
  return value;
}

/**
 * sum over rows i of -w[i] (sum over j of t[i,j] log softmax(z[i,:])[j]), and d[rows,cols] = scale
 * (softmax(z) sum(t) - t). Targets are probabilities t[rows,cols] or, where t = 0, class indices label[rows].
 * terms[rows] and e[cols] are room to work in. d = 0 leaves the gradient out; d may be z.
 */
export function softmaxCrossEntropy(
  z: usize,
  t: usize,
  label: usize,
  d: usize,
  terms: usize,
  e: usize,
  rows: i32,
  cols: i32,
  scale: f32,
  w: usize,
): f32 {
  const stride = (<usize>cols) << 2;
  for (let i = 0; i < rows; i++) {
    const at = <usize>i * stride;
    const largest = maximum(z + at, cols);
    const total = expRow(z + at, e, cols);
    const logTotal = called.log<f32>(total);
    let term: f32;
    if (t) {
      term = sumOf<WeightedGap>(z + at, t + at, cols, largest, logTotal);
      if (d) binary<SoftmaxSlope>(e, t + at, d + at, cols, sum(t + at, cols) / total, scale);
    } else {
      const hit = at + ((<usize>labelOf(label, i, cols)) << 2);
      term = largest - load<f32>(z + hit) + logTotal;
      if (d) {
        scaleBy(e, d + at, cols, scale / total);
        store<f32>(d + hit, load<f32>(d + hit) - scale);
      }
    }
    keepTerm(terms, i, term, w);
  }
  return sum(terms, rows);
}

/** The smallest normal float: what a probability of 0 counts as. */
const LEAST: f32 = 1.17549435e-38;

class CrossEntropy extends Term {
  @inline term<T>(p: T, t: T, s: T, u: T): T {
    return lane.mul<T>(t, lane.neg<T>(called.log<T>(lane.atLeast<T>(p, lane.splat<T>(LEAST)))));
  }
}

class CrossEntropySlope extends Binary {
  @inline apply<T>(p: T, t: T, s: T, scale: T): T {
    return lane.neg<T>(lane.mul<T>(lane.div<T>(t, lane.atLeast<T>(p, lane.splat<T>(LEAST))), scale));
  }
}

/**
 * sum over rows i of -w[i] (sum over j of t[i,j] log p[i,j]), and d[rows,cols] = -scale t / p. Targets, terms
 * and d = 0 as above; d may be p where t is given.
 */
export function categoricalCrossEntropy(
  p: usize,
  t: usize,
  label: usize,
  d: usize,
  terms: usize,
  rows: i32,
  cols: i32,
  scale: f32,
  w: usize,
): f32 {
  const stride = (<usize>cols) << 2;
  for (let i = 0; i < rows; i++) {
    const at = <usize>i * stride;
    let term: f32;
    if (t) {
      term = sumOf<CrossEntropy>(p + at, t + at, cols);
      if (d) binary<CrossEntropySlope>(p + at, t + at, d + at, cols, 0, scale);
    } else {
      const hit = at + ((<usize>labelOf(label, i, cols)) << 2);
      const probability = max<f32>(load<f32>(p + hit), LEAST);
      term = -called.log<f32>(probability);
      if (d) {
        zero(d + at, cols);
        store<f32>(d + hit, -(scale / probability));
      }
    }
    keepTerm(terms, i, term, w);
  }
  return sum(terms, rows);
}
