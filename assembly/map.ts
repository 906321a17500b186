import { lane } from "./lane";

/**
 * Loops over n floats, written once for every elementwise kernel. The last vector may be a part of one, so an
 * element meets the same instructions wherever it stands. An output may be one of the inputs, or overlap
 * none. An operation is a class with one inlined method: it folds into the loop, where a function value would
 * be an indirect call.
 */

/** y = apply(x, s, t): s and t are the same for all elements; an operation uses those it needs. */
export abstract class Unary {
  apply<T>(x: T, s: T, t: T): T {
    return x;
  }
}

/** y = apply(a, b, s, t). */
export abstract class Binary {
  apply<T>(a: T, b: T, s: T, t: T): T {
    return a;
  }
}

/** y[i] = Op(x[i]; s, t) for i in [0, n). */
export function unary<Op extends Unary>(x: usize, y: usize, n: i32, s: f32 = 0, t: f32 = 0): void {
  assert(n >= 0 && (x & 3) === 0 && (y & 3) === 0);
  if (ASC_FEATURE_SIMD) unaryOver<Op, v128>(x, y, n, s, t);
  else unaryOver<Op, f32>(x, y, n, s, t);
}

/** y[i] = Op(a[i], b[i]; s, t) for i in [0, n). */
export function binary<Op extends Binary>(
  a: usize,
  b: usize,
  y: usize,
  n: i32,
  s: f32 = 0,
  t: f32 = 0,
): void {
  assert(n >= 0 && (a & 3) === 0 && (b & 3) === 0 && (y & 3) === 0);
  if (ASC_FEATURE_SIMD) binaryOver<Op, v128>(a, b, y, n, s, t);
  else binaryOver<Op, f32>(a, b, y, n, s, t);
}

function unaryOver<Op extends Unary, T>(x: usize, y: usize, n: i32, s: f32, t: f32): void {
  const op = changetype<Op>(0);
  const us = lane.splat<T>(s);
  const ut = lane.splat<T>(t);
  for (const end = x + lane.wholeBytes<T>(n); x < end; x += lane.bytes<T>()) {
    lane.store<T>(y, op.apply<T>(lane.load<T>(x), us, ut));
    y += lane.bytes<T>();
  }
  const rest = lane.rest<T>(n);
  if (rest) lane.storePart<T>(y, op.apply<T>(lane.loadPart<T>(x, rest), us, ut), rest);
}

function binaryOver<Op extends Binary, T>(a: usize, b: usize, y: usize, n: i32, s: f32, t: f32): void {
  const op = changetype<Op>(0);
  const us = lane.splat<T>(s);
  const ut = lane.splat<T>(t);
  for (const end = a + lane.wholeBytes<T>(n); a < end; a += lane.bytes<T>()) {
    lane.store<T>(y, op.apply<T>(lane.load<T>(a), lane.load<T>(b), us, ut));
    b += lane.bytes<T>();
    y += lane.bytes<T>();
  }
  const rest = lane.rest<T>(n);
  if (rest)
    lane.storePart<T>(y, op.apply<T>(lane.loadPart<T>(a, rest), lane.loadPart<T>(b, rest), us, ut), rest);
}
