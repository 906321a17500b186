import { lane } from "./lane";
import { Binary, binary, Unary, unary } from "./map";

class Add extends Binary {
  @inline apply<T>(a: T, b: T, s: T, t: T): T {
    return lane.add<T>(a, b);
  }
}

class Subtract extends Binary {
  @inline apply<T>(a: T, b: T, s: T, t: T): T {
    return lane.sub<T>(a, b);
  }
}

class Multiply extends Binary {
  @inline apply<T>(a: T, b: T, s: T, t: T): T {
    return lane.mul<T>(a, b);
  }
}

class Divide extends Binary {
  @inline apply<T>(a: T, b: T, s: T, t: T): T {
    return lane.div<T>(a, b);
  }
}

class DivideBy extends Unary {
  @inline apply<T>(x: T, s: T, t: T): T {
    return lane.div<T>(x, s);
  }
}

class Axpy extends Binary {
  @inline apply<T>(x: T, y: T, s: T, t: T): T {
    return lane.madd<T>(s, x, y);
  }
}

class Scale extends Unary {
  @inline apply<T>(x: T, s: T, t: T): T {
    return lane.mul<T>(s, x);
  }
}

class Clip extends Unary {
  @inline apply<T>(x: T, low: T, high: T): T {
    return lane.atMost<T>(lane.atLeast<T>(x, low), high);
  }
}

/** y[n] = a[n] + b[n]. y may be a or b. */
export function add(a: usize, b: usize, y: usize, n: i32): void {
  binary<Add>(a, b, y, n);
}

/** y[n] = a[n] - b[n]. y may be a or b. */
export function subtract(a: usize, b: usize, y: usize, n: i32): void {
  binary<Subtract>(a, b, y, n);
}

/** y[n] = a[n] * b[n], element by element. y may be a or b. */
export function hadamard(a: usize, b: usize, y: usize, n: i32): void {
  binary<Multiply>(a, b, y, n);
}

/** y[n] = s x[n]. y may be x. */
export function scale(x: usize, y: usize, n: i32, s: f32): void {
  unary<Scale>(x, y, n, s);
}

/** y[n] = s x[n] + y[n]. y may be x. */
export function axpy(x: usize, y: usize, n: i32, s: f32): void {
  binary<Axpy>(x, y, y, n, s);
}

/** y[n] = min(max(x[n], low), high); NaN stays. y may be x. */
export function clamp(x: usize, y: usize, n: i32, low: f32, high: f32): void {
  unary<Clip>(x, y, n, low, high);
}

/** x[n] = min(max(x[n], -limit), limit); NaN stays. */
export function clip(x: usize, n: i32, limit: f32): void {
  clamp(x, x, n, -limit, limit);
}

/** x[n] = 0. */
export function zero(x: usize, n: i32): void {
  memory.fill(x, 0, (<usize>n) << 2);
}

/** y = a / b, n floats. y may be a or b. */
export function divide(a: usize, b: usize, y: usize, n: i32): void {
  binary<Divide>(a, b, y, n);
}

/** y[n] = x[n] / s. y may be x. */
export function divideBy(x: usize, y: usize, n: i32, s: f32): void {
  unary<DivideBy>(x, y, n, s);
}
