/**
 * The fields of a float32 begin 13 bits above those of a half; its exponent's bias, 127, is 112 above a
 * half's 15.
 */
const rebias = 112 << 23;

/**
 * The bits of the float32 equal to the half (IEEE 754-2019, binary16) of these 16 bits: exact, since every
 * half is a float32. A NaN keeps its sign and its payload.
 */
export function floatBitsOfHalf(half: number): number {
  const magnitude = (half & 0x7fff) << 13;
  // A subnormal half is a normal float32: its highest bit moves to bit 23, where it adds one to the exponent.
  const shift = magnitude < 1 << 23 ? Math.clz32(magnitude) - 8 : 0;
  const exponent = magnitude < 31 << 23 ? magnitude && rebias : 2 * rebias; // infinity and NaN have an exponent of ones only
  return ((half & 0x8000) << 16) | ((magnitude << shift) + exponent - (magnitude && shift << 23));
}

/**
 * The 16 bits of the half nearest to the float32 of these bits, ties to even: from 65520 on infinity, below
 * 2^-14 a subnormal, to 2^-25 zero. A NaN keeps its sign and what fits of its payload.
 */
export function halfOfFloatBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  const exponent = magnitude >> 23;
  if (magnitude > 0x7f800000) return sign | 0x7c00 | ((magnitude >> 13) & 0x3ff || 0x200);
  if (exponent > 142) return sign | 0x7c00;
  // A carry out of the fraction adds one to the exponent, which is the right half: of the largest, infinity.
  if (exponent > 112) return sign | shiftRounded(magnitude - rebias, 13);
  if (exponent < 102) return sign;
  return sign | shiftRounded((magnitude & 0x7fffff) | 0x800000, 126 - exponent);
}

/** value / 2^shift, rounded to the nearest integer, ties to even. */
function shiftRounded(value: number, shift: number): number {
  const odd = (value >> shift) & 1;
  return (value + (1 << (shift - 1)) - 1 + odd) >> shift;
}
