import { called } from "./called";
import { divideBy } from "./elementwise";
import { lane } from "./lane";
import { Binary, binary, Unary, unary } from "./map";
import { math } from "./math";
import { maximum, sum, sumOf, Term } from "./reduce";

/** Kernels over rows. The largest element of a row is taken off first, so that no exponential overflows. */

class ExpOfDifference extends Term {
  @inline term<T>(x: T, unused: T, largest: T, t: T): T {
    return called.expOfNegative<T>(lane.sub<T>(x, largest));
  }
}

class MapExpOfDifference extends Unary {
  @inline apply<T>(x: T, largest: T, t: T): T {
    return math.expOfNegative<T>(lane.sub<T>(x, largest));
  }
}

class SubtractTwice extends Unary {
  @inline apply<T>(x: T, s: T, t: T): T {
    return lane.sub<T>(lane.sub<T>(x, s), t);
  }
}

class Product extends Term {
  @inline term<T>(a: T, b: T, s: T, t: T): T {
    return lane.mul<T>(a, b);
  }
}

class SoftmaxSlope extends Binary {
  @inline apply<T>(y: T, dy: T, inner: T, t: T): T {
    return lane.mul<T>(y, lane.sub<T>(dy, inner));
  }
}

class LogSoftmaxSlope extends Binary {
  @inline apply<T>(y: T, dy: T, total: T, t: T): T {
    return lane.sub<T>(dy, lane.mul<T>(called.expOfNegative<T>(y), total));
  }
}

/** y[i,:] = exp(x[i,:] - max x[i,:]), and the sum of that row. y may be x. */
export function expRow(x: usize, y: usize, cols: i32): f32 {
  unary<MapExpOfDifference>(x, y, cols, maximum(x, cols));
  return sum(y, cols);
}

/** y[rows,cols] = exp(x[i,j]) / sum over j of exp(x[i,j]). y may be x. */
export function softmax(x: usize, y: usize, rows: i32, cols: i32): void {
  const stride = (<usize>cols) << 2;
  for (let i = 0; i < rows; i++) {
    divideBy(y, y, cols, expRow(x, y, cols));
    x += stride;
    y += stride;
  }
}

/** dx[i,j] = y[i,j] (dy[i,j] - sum over j of y[i,j] dy[i,j]), y = softmax(x). dx may be y or dy. */
export function softmaxBackward(y: usize, dy: usize, dx: usize, rows: i32, cols: i32): void {
  const stride = (<usize>cols) << 2;
  for (let i = 0; i < rows; i++) {
    binary<SoftmaxSlope>(y, dy, dx, cols, sumOf<Product>(y, dy, cols));
    y += stride;
    dy += stride;
    dx += stride;
  }
}

/** y[rows,cols] = x[i,j] - log(sum over j of exp(x[i,j])). y may be x. */
export function logSoftmax(x: usize, y: usize, rows: i32, cols: i32): void {
  const stride = (<usize>cols) << 2;
  for (let i = 0; i < rows; i++) {
    const largest = maximum(x, cols);
    unary<SubtractTwice>(x, y, cols, largest, called.log<f32>(sumOf<ExpOfDifference>(x, x, cols, largest)));
    x += stride;
    y += stride;
  }
}

/** dx[i,j] = dy[i,j] - exp(y[i,j]) sum over j of dy[i,j], y = logSoftmax(x). dx may be y or dy. */
export function logSoftmaxBackward(y: usize, dy: usize, dx: usize, rows: i32, cols: i32): void {
  const stride = (<usize>cols) << 2;
  for (let i = 0; i < rows; i++) {
    binary<LogSoftmaxSlope>(y, dy, dx, cols, sum(dy, cols));
    y += stride;
    dy += stride;
    dx += stride;
  }
}
