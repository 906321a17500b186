const PARITY: i32 = 0x1bd11bda;

/**
 * Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", 2011): the block of two words for a
 * key and a counter of two words each, the first word in the low half.
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
function uniform(key0: i32, key1: i32, i: i32): f64 {
  const block = threefry(key0, key1, i, 0);
  return (<f64>(<u32>block >>> 5) * 67_108_864 + <f64>(<u32>(block >> 32) >>> 6)) / 9_007_199_254_740_992;
}

/** Puts the n words at x into an order that is uniformly random (Fisher and Yates) and a function of the key. */
export function shuffle(x: usize, n: i32, key0: i32, key1: i32): void {
  for (let i = n - 1; i > 0; i--) {
    const at = x + ((<usize>i) << 2);
    const other = x + ((<usize>(<i32>(uniform(key0, key1, i) * <f64>(i + 1)))) << 2);
    const word = load<i32>(at);
    store<i32>(at, load<i32>(other));
    store<i32>(other, word);
  }
}
