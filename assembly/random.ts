import { lane } from "./lane";
import { math } from "./math";
import { cosineOfTurns, log } from "./reproducible";

const PARITY: i32 = 0x1bd11bda;
const TWO_TO_24: f32 = 16777216;

/**
 * Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3",
 * 2011): the block of two words for a key and a counter of two words each, the first word in the low half.
 */
function threefry(key0: i32, key1: i32, counter0: i32, counter1: i32): u64 {
  let x0 = counter0 + key0;
  let x1 = counter1 + key1;
  // The three key words take turns.
  let a = key1;
  let b = PARITY ^ key0 ^ key1;
  let c = key0;
  for (let group = 1; group <= 5; group++) {
    const odd = group & 1;
    x0 += x1;
    x1 = rotl<i32>(x1, odd ? 13 : 17) ^ x0;
    x0 += x1;
    x1 = rotl<i32>(x1, odd ? 15 : 29) ^ x0;
    x0 += x1;
    x1 = rotl<i32>(x1, odd ? 26 : 16) ^ x0;
    x0 += x1;
    x1 = rotl<i32>(x1, odd ? 6 : 24) ^ x0;
    x0 += a;
    x1 += b + group;
    const first = a;
    a = b;
    b = c;
    c = first;
  }
  return <u64>(<u32>x0) | ((<u64>(<u32>x1)) << 32);
}

/** Value i of a stream, uniform in [0, 1), a multiple of 2^-53. */
function uniform(key0: i32, key1: i32, i: i32, word: i32 = 0): f64 {
  const block = threefry(key0, key1, i, word);
  return (<f64>(<u32>block >>> 5) * 67_108_864 + <f64>(<u32>(block >> 32) >>> 6)) / 9_007_199_254_740_992;
}

/**
 * Puts the n words at x into an order that is uniformly random (Fisher and Yates) and a function of the key.
 */
export function shuffle(x: usize, n: i32, key0: i32, key1: i32): void {
  for (let i = n - 1; i > 0; i--) {
    const at = x + ((<usize>i) << 2);
    const other = x + ((<usize>(<i32>(uniform(key0, key1, i) * <f64>(i + 1)))) << 2);
    const word = load<i32>(at);
    store<i32>(at, load<i32>(other));
    store<i32>(other, word);
  }
}

/**
 * y[n] from the normal distribution of mean 0, by the transform of Box and Muller (1958): value i is a
 * function of the key and of i.
 */
export function fillNormal(y: usize, n: i32, deviation: f64, key0: i32, key1: i32): void {
  for (let i = 0; i < n; i++) {
    const radius = sqrt<f64>(-2 * log(1 - uniform(key0, key1, i)));
    store<f32>(y + ((<usize>i) << 2), <f32>(radius * cosineOfTurns(uniform(key0, key1, i, 1)) * deviation));
  }
}

/** What is made of random words. */
class drawn {
  /** One round of threefry, of which x0 += x1 is done: the new x1. */
  @inline static round<T>(x0: T, x1: T, by: i32): T {
    return lane.xor<T>(lane.rotateLeft<T>(x1, by), x0);
  }

  /** The upper 24 bits of a word, as an integer from -2^23 up to 2^23 - 1. */
  @inline static integer<T>(word: T): T {
    return lane.fromInteger<T>(lane.shiftRight<T>(word, 8));
  }

  /**
   * sqrt(-2 log u), u = k / 2^24 with k from 1 up to 2^24: the distance from 0 of a pair of normal numbers.
   */
  @inline static distance<T>(word: T): T {
    const u = lane.madd<T>(
      drawn.integer<T>(word),
      lane.splat<T>(1 / TWO_TO_24),
      lane.splat<T>(0.5 + 1 / TWO_TO_24),
    );
    return lane.sqrt<T>(lane.mul<T>(lane.splat<T>(-2), math.log<T>(u)));
  }

  /** sin(pi r / 2) on |r| <= 1/2 from z = r^2, degree 7, off by 4e-8 r before rounding. */
  @inline static sine<T>(r: T, z: T): T {
    let p = lane.madd<T>(lane.splat<T>(-0.0046308185), z, lane.splat<T>(0.0796927437));
    p = lane.madd<T>(p, z, lane.splat<T>(-0.64596504));
    return lane.mul<T>(lane.madd<T>(p, z, lane.splat<T>(1.57079637)), r);
  }

  /** cos(pi r / 2) on |r| <= 1/2 from z = r^2, degree 6, off by 4e-8 before rounding. */
  @inline static cosine<T>(z: T): T {
    let p = lane.madd<T>(lane.splat<T>(-0.0204242896), z, lane.splat<T>(0.253605634));
    p = lane.madd<T>(p, z, lane.splat<T>(-1.23369789));
    return lane.madd<T>(p, z, lane.splat<T>(1));
  }

  /** Float 8 g + j has the first word of block 4 g + j, and float 8 g + 4 + j the second: 8 g + j. */
  @inline static place(block: i32): i32 {
    return block + (block & ~3);
  }

  /** Floats `at` and after of y, as many as a vector has and n leaves. */
  static put<T>(y: usize, n: i32, at: i32, values: T): void {
    const left = n - at;
    if (left > 0) lane.write<T>(y + ((<usize>at) << 2), values, left < lane.width<T>() ? left : 0);
  }
}

/** Makes floats of the words x0 and x1 of blocks `block` and after, and puts them into y[n]. */
abstract class Draw {
  put<T>(y: usize, n: i32, block: i32, x0: T, x1: T, scale: f64, threshold: f32): void {}
}

/** s where the integer of the word is not below t, else 0. */
class Dropout extends Draw {
  @inline put<T>(y: usize, n: i32, block: i32, x0: T, x1: T, scale: f64, threshold: f32): void {
    const at = drawn.place(block);
    drawn.put<T>(y, n, at, this.factor<T>(x0, <f32>scale, threshold));
    drawn.put<T>(y, n, at + 4, this.factor<T>(x1, <f32>scale, threshold));
  }

  @inline factor<T>(word: T, s: f32, t: f32): T {
    const drops = lane.lt<T>(drawn.integer<T>(word), lane.splat<T>(t));
    return lane.select<T>(drops, lane.splat<T>(0), lane.splat<T>(s));
  }
}

/** Two normal numbers with the deviation s, from the two words by the transform of Box and Muller (1958). */
class Noise extends Draw {
  @inline put<T>(y: usize, n: i32, block: i32, x0: T, x1: T, scale: f64, threshold: f32): void {
    // An angle within an eighth of a turn of an axis, and of the last two bits one for the other end of it,
    // one for the other axis.
    const r = lane.mul<T>(drawn.integer<T>(x1), lane.splat<T>(1 / TWO_TO_24));
    const z = lane.mul<T>(r, r);
    const distance = drawn.distance<T>(x0);
    const sine = lane.mul<T>(distance, drawn.sine<T>(r, z));
    const sign = lane.and<T>(lane.shiftLeft<T>(x1, 30), lane.splat<T>(-0.0));
    const cosine = lane.mul<T>(distance, lane.or<T>(drawn.cosine<T>(z), sign));
    const other = lane.shiftRight<T>(lane.shiftLeft<T>(x1, 31), 31);
    const s = lane.splat<T>(<f32>scale);
    const at = drawn.place(block);
    drawn.put<T>(y, n, at, lane.mul<T>(s, lane.select<T>(other, sine, cosine)));
    drawn.put<T>(y, n, at + 4, lane.mul<T>(s, lane.select<T>(other, cosine, sine)));
  }
}

/** s (2 u - 1), u uniform in [0, 1) as `uniform` makes it of both words: float i of block i. */
class Uniform extends Draw {
  @inline put<T>(y: usize, n: i32, block: i32, x0: T, x1: T, scale: f64, threshold: f32): void {
    drawn.put<T>(y, n, block, lane.fromWords<T>(x0, x1, scale));
  }
}

/**
 * Threefry over lanes, for `blocks` counters from `first` on: a float depends on its place alone. `y` is
 * where the float of counter 0 would be.
 */
function draw<Of extends Draw, T>(
  first: i32,
  blocks: i32,
  y: usize,
  n: i32,
  scale: f64,
  threshold: f32,
  key0: i32,
  key1: i32,
): void {
  const op = changetype<Of>(0);
  for (let block = first; block < first + blocks; block += lane.width<T>()) {
    let x0 = lane.addBits<T>(lane.indices<T>(), lane.splatBits<T>(block + key0));
    let x1 = lane.splatBits<T>(key1);
    let a = key1;
    let b = PARITY ^ key0 ^ key1;
    let c = key0;
    // Two groups a turn: a rotation by a number that is known takes half the time.
    for (let group = 1; ; group++) {
      x0 = lane.addBits<T>(x0, x1);
      x1 = drawn.round<T>(x0, x1, 13);
      x0 = lane.addBits<T>(x0, x1);
      x1 = drawn.round<T>(x0, x1, 15);
      x0 = lane.addBits<T>(x0, x1);
      x1 = drawn.round<T>(x0, x1, 26);
      x0 = lane.addBits<T>(x0, x1);
      x1 = drawn.round<T>(x0, x1, 6);
      x0 = lane.addBits<T>(x0, lane.splatBits<T>(a));
      x1 = lane.addBits<T>(x1, lane.splatBits<T>(b + group));
      if (++group > 5) break;
      x0 = lane.addBits<T>(x0, x1);
      x1 = drawn.round<T>(x0, x1, 17);
      x0 = lane.addBits<T>(x0, x1);
      x1 = drawn.round<T>(x0, x1, 29);
      x0 = lane.addBits<T>(x0, x1);
      x1 = drawn.round<T>(x0, x1, 16);
      x0 = lane.addBits<T>(x0, x1);
      x1 = drawn.round<T>(x0, x1, 24);
      x0 = lane.addBits<T>(x0, lane.splatBits<T>(b));
      x1 = lane.addBits<T>(x1, lane.splatBits<T>(c + group));
      const first = a;
      a = c;
      c = b;
      b = first;
    }
    op.put<T>(y, n, block, x0, x1, scale, threshold);
  }
}

/** Blocks that a draw of both words takes for n floats. */
function blocksFor(n: i32): i32 {
  return ((n + 7) >> 3) << 2;
}

/** y[n] uniform in [-limit, limit): value i is a function of the key and of i. */
export function fillUniform(y: usize, n: i32, limit: f64, key0: i32, key1: i32): void {
  if (ASC_FEATURE_SIMD) {
    draw<Uniform, v128>(0, n, y, n, limit, 0, key0, key1);
    return;
  }
  // Without vectors `draw` holds integers as floats, which takes six times as long.
  for (let i = 0; i < n; i++)
    store<f32>(y + ((<usize>i) << 2), <f32>((2 * uniform(key0, key1, i) - 1) * limit));
}

/**
 * y[n] = keep, but 0 where the integer drawn for the place, uniform from -2^23 up to 2^23 - 1, is below the
 * threshold: a function of the key. y[0] has place `first`, a multiple of 8.
 */
export function dropout(y: usize, n: i32, keep: f32, threshold: f32, key0: i32, key1: i32, first: i32): void {
  const from = y - ((<usize>first) << 2);
  const end = first + n;
  if (ASC_FEATURE_SIMD) draw<Dropout, v128>(first >> 1, blocksFor(n), from, end, keep, threshold, key0, key1);
  else draw<Dropout, f32>(first >> 1, blocksFor(n), from, end, keep, threshold, key0, key1);
}

/**
 * y[n] = deviation e[n], e from the standard normal distribution up to 5.77, a function of the key. y[0] has
 * place `first`, a multiple of 8.
 */
export function gaussianNoise(y: usize, n: i32, deviation: f32, key0: i32, key1: i32, first: i32): void {
  const from = y - ((<usize>first) << 2);
  const end = first + n;
  if (ASC_FEATURE_SIMD) draw<Noise, v128>(first >> 1, blocksFor(n), from, end, deviation, 0, key0, key1);
  else draw<Noise, f32>(first >> 1, blocksFor(n), from, end, deviation, 0, key0, key1);
}
