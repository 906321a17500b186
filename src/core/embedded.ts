import relaxed from "../../build/relaxed.wasm";
import scalar from "../../build/scalar.wasm";
import simd from "../../build/simd.wasm";
import type { Variant } from "./wasm.js";

/** The builds as text: a string costs nothing until it is decoded, and only the build that is picked is. */
const builds: Record<Variant, string> = { scalar, simd, relaxed };

/**
 * The bytes of a build. In the text a character is a byte + 35, modulo 256 and from 32 on; 291 is the last four bytes three times more;
 * n + 292 and then m + 292 are n bytes of the SIMD build, which the relaxed one resembles, from its byte m on.
 */
export function embedded(variant: Variant): Uint8Array<ArrayBuffer> {
  const text = builds[variant];
  const resembled = variant === "relaxed" ? embedded("simd") : [];
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 288) bytes.push((code - 35) & 255);
    else if (code === 291) for (let k = 0; k < 12; k++) bytes.push(bytes[bytes.length - 4]);
    else {
      const from = text.charCodeAt(++i) - 292;
      for (let k = 0; k < code - 292; k++) bytes.push(resembled[from + k]);
    }
  }
  return Uint8Array.from(bytes);
}
