/** A number as people read it: the digits that count, and no exponent where none is needed. */
export function readable(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return "not a number";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) return value.toExponential(1);
  return String(Number(value.toPrecision(digits)));
}
