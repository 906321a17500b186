/**
 * Where results go, so that no optimiser finds them unused. The worker sends the sum along with what it
 * measured.
 */
let sum = 0;

export function keep(value: number): void {
  // A NaN would make everything after it invisible.
  if (Number.isFinite(value)) sum += value;
}

export function kept(): number {
  return sum;
}
