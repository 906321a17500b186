import fc from "fast-check";
import { expect, it } from "vitest";
import { decimalFrom } from "../../src/rows/decimal.js";

const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), maxLength: 12 });

it("a short decimal is the number that Number gives, to the bit", () => {
  const decimals = fc.tuple(fc.constantFrom("", "-"), digits, fc.constantFrom("", "."), digits);
  let read = 0;
  fc.assert(
    fc.property(decimals, ([sign, whole, point, rest]) => {
      const text = `${sign}${whole}${point}${rest}`;
      const number = decimalFrom(text);
      if (number === undefined) expect(/\d/.test(text) && text.replace(/\D/g, "").length <= 15).toBe(false);
      else {
        expect(number).toBe(Number(text));
        read++;
      }
    }),
    { numRuns: 5000 },
  );
  expect(read).toBeGreaterThan(1000);
});

it.each(["", "-", ".", "-.", "1e5", "+1", "1,5", "1.2.3", "--1", " 1", "0x10", "Infinity", "1".repeat(16)])(
  "%j is none",
  (text) => {
    expect(decimalFrom(text)).toBeUndefined();
  },
);
