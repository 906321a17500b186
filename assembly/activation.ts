import { clamp } from "./elementwise";
import { lane } from "./lane";
import { Binary, binary, Unary, unary } from "./map";
import { math } from "./math";

/**
 * Every activation is a class: its value, and its slope from what the network saved for the backward pass.
 * That is the output y where the slope can be had from it (the layer then keeps no copy of its input), else
 * the input z; each says which. The parameter p is the last argument of those that have one.
 *
 *   forward   y[rows,cols]  = value(z[rows,cols]; p)               y may be z
 *   backward  dz[rows,cols] = dy[rows,cols] * slope(saved; p)      dz may be dy or saved
 */
abstract class Activation {
  value<T>(z: T, p: T): T {
    return z;
  }

  slope<T>(saved: T, p: T): T {
    return saved;
  }
}

class Forward<A extends Activation> extends Unary {
  @inline apply<T>(x: T, p: T, t: T): T {
    return changetype<A>(0).value<T>(x, p);
  }
}

class Backward<A extends Activation> extends Binary {
  @inline apply<T>(saved: T, dy: T, p: T, t: T): T {
    return lane.mul<T>(dy, changetype<A>(0).slope<T>(saved, p));
  }
}

/** max(z, 0). The slope at 0 is 0. Saves y. */
class Relu extends Activation {
  @inline value<T>(z: T, p: T): T {
    return lane.atLeast<T>(z, lane.splat<T>(0));
  }

  @inline slope<T>(y: T, p: T): T {
    return lane.and<T>(lane.lt<T>(lane.splat<T>(0), y), lane.splat<T>(1));
  }
}

export function relu(z: usize, y: usize, rows: i32, cols: i32): void {
  unary<Forward<Relu>>(z, y, rows * cols);
}

export function reluBackward(y: usize, dy: usize, dz: usize, rows: i32, cols: i32): void {
  binary<Backward<Relu>>(y, dy, dz, rows * cols);
}

/** The slope of what is bounded below at 0 and above: dy p for a y between the bounds, else 0. */
class Bounded extends Binary {
  @inline apply<T>(y: T, dy: T, p: T, most: T): T {
    const between = lane.and<T>(lane.lt<T>(lane.splat<T>(0), y), lane.lt<T>(y, most));
    return lane.mul<T>(dy, lane.and<T>(between, p));
  }
}

/** min(max(z, 0), 6) (Krizhevsky 2010, "Convolutional Deep Belief Networks on CIFAR-10"). */
export function relu6(z: usize, y: usize, rows: i32, cols: i32): void {
  clamp(z, y, rows * cols, 0, 6);
}

/** The slope is 0 at both bends. Saves y. */
export function relu6Backward(y: usize, dy: usize, dz: usize, rows: i32, cols: i32): void {
  binary<Bounded>(y, dy, dz, rows * cols, 1, 6);
}

/** z for z > 0, else p z. Saves z, or y where p is not negative: the slope needs the sign of z alone. */
class LeakyRelu extends Activation {
  @inline value<T>(z: T, p: T): T {
    return lane.mul<T>(z, this.slope<T>(z, p));
  }

  @inline slope<T>(saved: T, p: T): T {
    return lane.select<T>(lane.lt<T>(lane.splat<T>(0), saved), lane.splat<T>(1), p);
  }
}

export function leakyRelu(z: usize, y: usize, rows: i32, cols: i32, p: f32): void {
  unary<Forward<LeakyRelu>>(z, y, rows * cols, p);
}

export function leakyReluBackward(saved: usize, dy: usize, dz: usize, rows: i32, cols: i32, p: f32): void {
  binary<Backward<LeakyRelu>>(saved, dy, dz, rows * cols, p);
}

/** z for z > 0, else p (exp(z) - 1), p >= 0 (Clevert et al. 2015). Saves y. */
class Elu extends Activation {
  @inline value<T>(z: T, p: T): T {
    return lane.select<T>(lane.lt<T>(lane.splat<T>(0), z), z, lane.mul<T>(p, math.expm1<T>(z)));
  }

  @inline slope<T>(y: T, p: T): T {
    return lane.select<T>(lane.lt<T>(lane.splat<T>(0), y), lane.splat<T>(1), lane.add<T>(y, p));
  }
}

export function elu(z: usize, y: usize, rows: i32, cols: i32, p: f32): void {
  unary<Forward<Elu>>(z, y, rows * cols, p);
}

export function eluBackward(y: usize, dy: usize, dz: usize, rows: i32, cols: i32, p: f32): void {
  binary<Backward<Elu>>(y, dy, dz, rows * cols, p);
}

const SELU_SCALE: f32 = 1.0507009873554805;
const SELU_SCALE_ALPHA: f32 = 1.7580993408473766;

/** scale z for z > 0, else scale alpha (exp(z) - 1), with the constants of Klambauer et al. 2017. Saves y. */
class Selu extends Activation {
  @inline value<T>(z: T, p: T): T {
    const positive = lane.lt<T>(lane.splat<T>(0), z);
    return lane.select<T>(
      positive,
      lane.mul<T>(lane.splat<T>(SELU_SCALE), z),
      lane.mul<T>(lane.splat<T>(SELU_SCALE_ALPHA), math.expm1<T>(z)),
    );
  }

  @inline slope<T>(y: T, p: T): T {
    return lane.select<T>(
      lane.lt<T>(lane.splat<T>(0), y),
      lane.splat<T>(SELU_SCALE),
      lane.add<T>(y, lane.splat<T>(SELU_SCALE_ALPHA)),
    );
  }
}

export function selu(z: usize, y: usize, rows: i32, cols: i32): void {
  unary<Forward<Selu>>(z, y, rows * cols);
}

export function seluBackward(y: usize, dy: usize, dz: usize, rows: i32, cols: i32): void {
  binary<Backward<Selu>>(y, dy, dz, rows * cols);
}

/** z Phi(z), Phi the normal distribution function (Hendrycks and Gimpel 2016). Saves z. */
class Gelu extends Activation {
  @inline value<T>(z: T, p: T): T {
    return math.gelu<T>(z);
  }

  @inline slope<T>(z: T, p: T): T {
    return math.geluDerivative<T>(z);
  }
}

export function gelu(z: usize, y: usize, rows: i32, cols: i32): void {
  unary<Forward<Gelu>>(z, y, rows * cols);
}

export function geluBackward(z: usize, dy: usize, dz: usize, rows: i32, cols: i32): void {
  binary<Backward<Gelu>>(z, dy, dz, rows * cols);
}

/** 0.5 z (1 + tanh(sqrt(2 / pi) (z + 0.044715 z^3))), the approximation of the same paper. Saves z. */
class GeluTanh extends Activation {
  @inline value<T>(z: T, p: T): T {
    return math.geluTanh<T>(z);
  }

  @inline slope<T>(z: T, p: T): T {
    return math.geluTanhDerivative<T>(z);
  }
}

export function geluTanh(z: usize, y: usize, rows: i32, cols: i32): void {
  unary<Forward<GeluTanh>>(z, y, rows * cols);
}

export function geluTanhBackward(z: usize, dy: usize, dz: usize, rows: i32, cols: i32): void {
  binary<Backward<GeluTanh>>(z, dy, dz, rows * cols);
}

/** z sigmoid(z). Saves z. */
class Silu extends Activation {
  @inline value<T>(z: T, p: T): T {
    return math.silu<T>(z);
  }

  /** s (1 + z (1 - s)), s = sigmoid(z). */
  @inline slope<T>(z: T, p: T): T {
    // Beyond 100 the sigmoid is 0 or 1 in float32: the bound keeps an infinite z from meeting a zero.
    const bounded = lane.atLeast<T>(lane.atMost<T>(z, lane.splat<T>(100)), lane.splat<T>(-100));
    const one = lane.splat<T>(1);
    // Of s and 1 - s the smaller comes exact, for a large z multiplies it.
    const less = math.sigmoid<T>(lane.neg<T>(lane.abs<T>(bounded)));
    const more = lane.sub<T>(one, less);
    const negative = lane.lt<T>(bounded, lane.splat<T>(0));
    const s = lane.select<T>(negative, less, more);
    return lane.mul<T>(s, lane.madd<T>(bounded, lane.select<T>(negative, more, less), one));
  }
}

export function silu(z: usize, y: usize, rows: i32, cols: i32): void {
  unary<Forward<Silu>>(z, y, rows * cols);
}

export function siluBackward(z: usize, dy: usize, dz: usize, rows: i32, cols: i32): void {
  binary<Backward<Silu>>(z, dy, dz, rows * cols);
}

/** 1 / (1 + exp(-z)). Saves y. */
class Sigmoid extends Activation {
  @inline value<T>(z: T, p: T): T {
    return math.sigmoid<T>(z);
  }

  @inline slope<T>(y: T, p: T): T {
    return lane.mul<T>(y, lane.sub<T>(lane.splat<T>(1), y));
  }
}

export function sigmoid(z: usize, y: usize, rows: i32, cols: i32): void {
  unary<Forward<Sigmoid>>(z, y, rows * cols);
}

export function sigmoidBackward(y: usize, dy: usize, dz: usize, rows: i32, cols: i32): void {
  binary<Backward<Sigmoid>>(y, dy, dz, rows * cols);
}

/** tanh(z). Saves y. */
class Tanh extends Activation {
  @inline value<T>(z: T, p: T): T {
    return math.tanh<T>(z);
  }

  @inline slope<T>(y: T, p: T): T {
    return lane.sub<T>(lane.splat<T>(1), lane.mul<T>(y, y));
  }
}

export function tanh(z: usize, y: usize, rows: i32, cols: i32): void {
  unary<Forward<Tanh>>(z, y, rows * cols);
}

export function tanhBackward(y: usize, dy: usize, dz: usize, rows: i32, cols: i32): void {
  binary<Backward<Tanh>>(y, dy, dz, rows * cols);
}

/** log(1 + exp(z)). Saves z. */
class Softplus extends Activation {
  @inline value<T>(z: T, p: T): T {
    return math.softplus<T>(z);
  }

  @inline slope<T>(z: T, p: T): T {
    return math.sigmoid<T>(z);
  }
}

export function softplus(z: usize, y: usize, rows: i32, cols: i32): void {
  unary<Forward<Softplus>>(z, y, rows * cols);
}

export function softplusBackward(z: usize, dy: usize, dz: usize, rows: i32, cols: i32): void {
  binary<Backward<Softplus>>(z, dy, dz, rows * cols);
}

/** z min(max(z + 3, 0), 6) / 6 (Howard et al. 2019). Saves z. */
class HardSwish extends Activation {
  @inline value<T>(z: T, p: T): T {
    // z is bounded below before the product: -Infinity times a gate of 0 would be NaN.
    const bounded = lane.atLeast<T>(z, lane.splat<T>(-3));
    const gate = lane.atMost<T>(lane.add<T>(bounded, lane.splat<T>(3)), lane.splat<T>(6));
    return lane.mul<T>(bounded, lane.div<T>(gate, lane.splat<T>(6)));
  }

  @inline slope<T>(z: T, p: T): T {
    const between = lane.madd<T>(z, lane.splat<T>(<f32>(1.0 / 3.0)), lane.splat<T>(0.5));
    const above = lane.select<T>(lane.lt<T>(lane.splat<T>(3), z), lane.splat<T>(1), between);
    return lane.select<T>(lane.lt<T>(z, lane.splat<T>(-3)), lane.splat<T>(0), above);
  }
}

export function hardSwish(z: usize, y: usize, rows: i32, cols: i32): void {
  unary<Forward<HardSwish>>(z, y, rows * cols);
}

export function hardSwishBackward(z: usize, dy: usize, dz: usize, rows: i32, cols: i32): void {
  binary<Backward<HardSwish>>(z, dy, dz, rows * cols);
}

/** p z + 1/2 between 0 and 1. */
class HardSigmoid extends Activation {
  @inline value<T>(z: T, p: T): T {
    const line = lane.madd<T>(p, z, lane.splat<T>(0.5));
    return lane.atMost<T>(lane.atLeast<T>(line, lane.splat<T>(0)), lane.splat<T>(1));
  }
}

/**
 * min(max(p z + 1/2, 0), 1), p > 0 (Courbariaux, Bengio and David 2015, with p = 1/2). Off by 5e-8 at most.
 */
export function hardSigmoid(z: usize, y: usize, rows: i32, cols: i32, p: f32): void {
  unary<Forward<HardSigmoid>>(z, y, rows * cols, p);
}

/** The slope is 0 at both bends. Saves y. */
export function hardSigmoidBackward(y: usize, dy: usize, dz: usize, rows: i32, cols: i32, p: f32): void {
  binary<Bounded>(y, dy, dz, rows * cols, p, 1);
}

/** z / (1 + |z|) (Bergstra et al. 2009). Saves z: far out, 1 - |y| has no digits left for the slope. */
class Softsign extends Activation {
  @inline value<T>(z: T, p: T): T {
    // Of an infinite z the quotient would be NaN; of the largest finite one it is 1.
    const bounded = lane.atLeast<T>(
      lane.atMost<T>(z, lane.splat<T>(f32.MAX_VALUE)),
      lane.splat<T>(-f32.MAX_VALUE),
    );
    return lane.div<T>(bounded, lane.add<T>(lane.splat<T>(1), lane.abs<T>(bounded)));
  }

  /** 1 / (1 + |z|)^2. */
  @inline slope<T>(z: T, p: T): T {
    const one = lane.splat<T>(1);
    const share = lane.div<T>(one, lane.add<T>(one, lane.abs<T>(z)));
    return lane.mul<T>(share, share);
  }
}

/** z / (1 + |z|), 1.51 ULP at most: the sum rounds, and the quotient. */
export function softsign(z: usize, y: usize, rows: i32, cols: i32): void {
  unary<Forward<Softsign>>(z, y, rows * cols);
}

export function softsignBackward(z: usize, dy: usize, dz: usize, rows: i32, cols: i32): void {
  binary<Backward<Softsign>>(z, dy, dz, rows * cols);
}

/** z tanh(log(1 + exp(z))) (Misra 2019). Saves z. */
class Mish extends Activation {
  @inline value<T>(z: T, p: T): T {
    return math.mish<T>(z);
  }

  @inline slope<T>(z: T, p: T): T {
    return math.mishDerivative<T>(z);
  }
}

export function mish(z: usize, y: usize, rows: i32, cols: i32): void {
  unary<Forward<Mish>>(z, y, rows * cols);
}

export function mishBackward(z: usize, dy: usize, dz: usize, rows: i32, cols: i32): void {
  binary<Backward<Mish>>(z, dy, dz, rows * cols);
}

/** exp(z). Saves y. */
class Exp extends Activation {
  @inline value<T>(z: T, p: T): T {
    return math.exp<T>(z);
  }

  @inline slope<T>(y: T, p: T): T {
    return y;
  }
}

export function exp(z: usize, y: usize, rows: i32, cols: i32): void {
  unary<Forward<Exp>>(z, y, rows * cols);
}

export function expBackward(y: usize, dy: usize, dz: usize, rows: i32, cols: i32): void {
  binary<Backward<Exp>>(y, dy, dz, rows * cols);
}
