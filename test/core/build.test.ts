import { afterEach, expect, it, vi } from "vitest";
import { decode } from "../../src/core/build.js";

afterEach(() => vi.unstubAllGlobals());

/** Every byte. */
const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const base64 = btoa(String.fromCharCode(...bytes));

it("decodes every byte by the decoder of ECMAScript, by Node's, and by its own loop", () => {
  const fromBase64 = vi.fn(() => bytes);
  const own = Buffer;
  const from = vi.fn((text: string, encoding: "base64") => own.from(text, encoding));
  const decoded = (engine: { fromBase64?: unknown; Buffer?: unknown }) => {
    vi.stubGlobal(
      "Uint8Array",
      Object.assign(class extends Uint8Array {}, { fromBase64: engine.fromBase64 }),
    );
    vi.stubGlobal("Buffer", engine.Buffer);
    const result = decode({ variant: "simd", base64 });
    vi.unstubAllGlobals();
    return Array.from(result);
  };
  const expected = Array.from(bytes);
  expect(decoded({ fromBase64, Buffer: { from } })).toEqual(expected);
  expect([fromBase64.mock.calls, from.mock.calls]).toEqual([[[base64]], []]);
  expect(decoded({ Buffer: { from } })).toEqual(expected);
  expect(from.mock.calls).toEqual([[base64, "base64"]]);
  expect(decoded({})).toEqual(expected);
});
