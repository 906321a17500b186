import { lane } from "./lane";
import { Binary, binary, Unary, unary } from "./map";

class Penalty extends Binary {
  @inline apply<T>(w: T, g: T, ofSign: T, ofWeight: T): T {
    const zero = lane.splat<T>(0);
    const sign = lane.or<T>(lane.and<T>(w, lane.splat<T>(-0.0)), ofSign);
    return lane.add<T>(lane.madd<T>(ofWeight, w, g), lane.select<T>(lane.eq<T>(w, zero), zero, sign));
  }
}

/**
 * g[n] = g[n] + l1 sign(w[n]) + 2 l2 w[n], the gradient of l1 sum |w| + l2 sum w^2; sign(0) = 0, and l1 >= 0.
 */
export function penalize(w: usize, g: usize, n: i32, l1: f32, l2: f32): void {
  binary<Penalty>(w, g, g, n, l1, 2 * l2);
}

class NormExcess extends Unary {
  @inline apply<T>(x: T, limit: T, t: T): T {
    return lane.max<T>(lane.div<T>(lane.sqrt<T>(x), limit), lane.splat<T>(1));
  }
}

/**
 * y[n] = max(sqrt(x[n]) / limit, 1): what vectors of the squared norms x are divided by to be no longer than
 * the limit. y may be x.
 */
export function normExcess(x: usize, y: usize, n: i32, limit: f32): void {
  unary<NormExcess>(x, y, n, limit);
}
