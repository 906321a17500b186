/**
 * Raised when a kernel's name, arguments or meaning change: a bundle takes only modules of its own number.
 */
export function abi(): i32 {
  return 7;
}

/** Which build this is: 0 scalar, 1 simd, 2 relaxed. */
export function variant(): i32 {
  return ASC_FEATURE_RELAXED_SIMD ? 2 : ASC_FEATURE_SIMD ? 1 : 0;
}
