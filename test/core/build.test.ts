import { afterEach, expect, it, vi } from "vitest";
import { decode } from "../../src/core/build.js";

afterEach(() => vi.unstubAllGlobals());

/** Every byte, as two hexadecimal digits each. */
const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

it("decodes every byte by the decoder of ECMAScript, by Node's, and by its own loop", () => {
  const fromHex = vi.fn(() => bytes);
  const own = Buffer;
  const from = vi.fn((text: string, encoding: "hex") => own.from(text, encoding));
  const decoded = (engine: { fromHex?: unknown; Buffer?: unknown }) => {
    vi.stubGlobal("Uint8Array", Object.assign(class extends Uint8Array {}, { fromHex: engine.fromHex }));
    vi.stubGlobal("Buffer", engine.Buffer);
    const result = decode({ variant: "simd", hex });
    vi.unstubAllGlobals();
    return Array.from(result);
  };
  const expected = Array.from(bytes);
  expect(decoded({ fromHex, Buffer: { from } })).toEqual(expected);
  expect([fromHex.mock.calls, from.mock.calls]).toEqual([[[hex]], []]);
  expect(decoded({ Buffer: { from } })).toEqual(expected);
  expect(from.mock.calls).toEqual([[hex, "hex"]]);
  expect(decoded({})).toEqual(expected);
});
