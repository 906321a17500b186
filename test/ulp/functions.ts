import { hardSigmoid as hardSigmoidKernel, softsign as softsignKernel } from "../../assembly/activation";
import { Unary, unary } from "../../assembly/map";
import { math } from "../../assembly/math";

/**
 * y[i] = f(x[i]) for i in [0, n), for every f of assembly/math.ts: the published builds have most of them
 * inside of larger kernels only. Then those activations of assembly/activation.ts whose formula rounds.
 */

class Exp extends Unary {
  @inline apply<T>(x: T, s: T, t: T): T {
    return math.exp<T>(x);
  }
}

export function exp(x: usize, y: usize, n: i32): void {
  unary<Exp>(x, y, n);
}

class ExpOfNegative extends Unary {
  @inline apply<T>(x: T, s: T, t: T): T {
    return math.expOfNegative<T>(x);
  }
}

export function expOfNegative(x: usize, y: usize, n: i32): void {
  unary<ExpOfNegative>(x, y, n);
}

class Expm1 extends Unary {
  @inline apply<T>(x: T, s: T, t: T): T {
    return math.expm1<T>(x);
  }
}

export function expm1(x: usize, y: usize, n: i32): void {
  unary<Expm1>(x, y, n);
}

class Log extends Unary {
  @inline apply<T>(x: T, s: T, t: T): T {
    return math.log<T>(x);
  }
}

export function log(x: usize, y: usize, n: i32): void {
  unary<Log>(x, y, n);
}

class Log1p extends Unary {
  @inline apply<T>(x: T, s: T, t: T): T {
    return math.log1p<T>(x);
  }
}

export function log1p(x: usize, y: usize, n: i32): void {
  unary<Log1p>(x, y, n);
}

class Tanh extends Unary {
  @inline apply<T>(x: T, s: T, t: T): T {
    return math.tanh<T>(x);
  }
}

export function tanh(x: usize, y: usize, n: i32): void {
  unary<Tanh>(x, y, n);
}

class Sigmoid extends Unary {
  @inline apply<T>(x: T, s: T, t: T): T {
    return math.sigmoid<T>(x);
  }
}

export function sigmoid(x: usize, y: usize, n: i32): void {
  unary<Sigmoid>(x, y, n);
}

class Erf extends Unary {
  @inline apply<T>(x: T, s: T, t: T): T {
    return math.erf<T>(x);
  }
}

export function erf(x: usize, y: usize, n: i32): void {
  unary<Erf>(x, y, n);
}

class Softplus extends Unary {
  @inline apply<T>(x: T, s: T, t: T): T {
    return math.softplus<T>(x);
  }
}

export function softplus(x: usize, y: usize, n: i32): void {
  unary<Softplus>(x, y, n);
}

class Gelu extends Unary {
  @inline apply<T>(x: T, s: T, t: T): T {
    return math.gelu<T>(x);
  }
}

export function gelu(x: usize, y: usize, n: i32): void {
  unary<Gelu>(x, y, n);
}

class GeluDerivative extends Unary {
  @inline apply<T>(x: T, s: T, t: T): T {
    return math.geluDerivative<T>(x);
  }
}

export function geluDerivative(x: usize, y: usize, n: i32): void {
  unary<GeluDerivative>(x, y, n);
}

class GeluTanh extends Unary {
  @inline apply<T>(x: T, s: T, t: T): T {
    return math.geluTanh<T>(x);
  }
}

export function geluTanh(x: usize, y: usize, n: i32): void {
  unary<GeluTanh>(x, y, n);
}

class GeluTanhDerivative extends Unary {
  @inline apply<T>(x: T, s: T, t: T): T {
    return math.geluTanhDerivative<T>(x);
  }
}

export function geluTanhDerivative(x: usize, y: usize, n: i32): void {
  unary<GeluTanhDerivative>(x, y, n);
}

class Silu extends Unary {
  @inline apply<T>(x: T, s: T, t: T): T {
    return math.silu<T>(x);
  }
}

export function silu(x: usize, y: usize, n: i32): void {
  unary<Silu>(x, y, n);
}

class Mish extends Unary {
  @inline apply<T>(x: T, s: T, t: T): T {
    return math.mish<T>(x);
  }
}

export function mish(x: usize, y: usize, n: i32): void {
  unary<Mish>(x, y, n);
}

class MishDerivative extends Unary {
  @inline apply<T>(x: T, s: T, t: T): T {
    return math.mishDerivative<T>(x);
  }
}

export function mishDerivative(x: usize, y: usize, n: i32): void {
  unary<MishDerivative>(x, y, n);
}

class Rsqrt extends Unary {
  @inline apply<T>(x: T, s: T, t: T): T {
    return math.rsqrt<T>(x);
  }
}

export function rsqrt(x: usize, y: usize, n: i32): void {
  unary<Rsqrt>(x, y, n);
}

export function hardSigmoid(x: usize, y: usize, n: i32): void {
  hardSigmoidKernel(x, y, 1, n, <f32>(1.0 / 6.0));
}

export function softsign(x: usize, y: usize, n: i32): void {
  softsignKernel(x, y, 1, n);
}
