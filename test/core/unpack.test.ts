import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { unpack } from "../../src/core/unpack.js";
import { pack } from "../../tools/pack.mjs";

describe("unpack gives back what tools/pack.mjs packed, to the byte", () => {
  const same = (files: readonly Uint8Array[]) => {
    const text = pack(files);
    expect(text).toMatch(/^[ -~]*$/);
    expect(text).not.toMatch(/["\\]/);
    for (const [i, file] of files.entries()) expect(unpack(text, i)).toEqual(file);
  };

  test("any files, also ones that repeat each other", () => {
    const file = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 200 }),
      fc.array(fc.constantFrom(0, 1, 253, 255), { minLength: 1, maxLength: 300 }),
    );
    fc.assert(
      fc.property(fc.array(file, { minLength: 1, maxLength: 3 }), (files) =>
        same([...files, files[0]].map((bytes) => Uint8Array.from(bytes))),
      ),
      { seed: 5, numRuns: 100 },
    );
  });

  test("a long run of one byte, and bytes that nothing foretells", () => {
    same([
      new Uint8Array(20_000),
      Uint8Array.from({ length: 5_000 }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24),
    ]);
  });

  test("more than there is room for is refused when it is packed", () => {
    expect(() => pack([new Uint8Array(2 ** 17 + 1)])).toThrow("131072");
  });
});
