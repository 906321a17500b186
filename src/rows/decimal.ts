/** The powers of ten that float64 represents exactly. */
const POWERS = Array.from({ length: 23 }, () => 1);
for (let i = 1; i < POWERS.length; i++) POWERS[i] = POWERS[i - 1] * 10;

/** Digits whose number float64 has exactly in any case. */
const MOST_DIGITS = 15;
const [ZERO, NINE, POINT, MINUS] = [48, 57, 46, 45];

/**
 * The number of a short decimal such as -12.5, the one that Number gives; undefined for any other text. The
 * digits and the power of ten are exact, so that their quotient is rounded once (Clinger 1990).
 */
export function decimalFrom(text: string): number | undefined {
  const begin = text.charCodeAt(0) === MINUS ? 1 : 0;
  let [digits, number, point] = [0, 0, -1];
  for (let i = begin; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= ZERO && code <= NINE) {
      number = number * 10 + (code - ZERO);
      digits++;
    } else if (code === POINT && point < 0) point = i;
    else return undefined;
  }
  if (digits === 0 || digits > MOST_DIGITS) return undefined;
  const size = point < 0 ? number : number / POWERS[text.length - 1 - point];
  return begin === 1 ? -size : size;
}
