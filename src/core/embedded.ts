import scalar from "../../build/scalar.wasm";
import simd from "../../build/simd.wasm";
// Next to the build that it resembles: a compressor looks no further back than 32 KB. (Biome sorts the imports of all files but this one.)
import relaxed from "../../build/relaxed.wasm";
import type { Variant } from "./wasm.js";

/** The builds as text: a string costs nothing until it is decoded, and only the build that is picked is. */
const builds: Record<Variant, string> = { scalar, simd, relaxed };

/** The bytes of a build. In the text, a character is a byte + 35, modulo 256 and from 32 on, or 288 + how often the last four bytes come again. */
export function embedded(variant: Variant): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (const character of builds[variant]) {
    const code = character.charCodeAt(0);
    if (code < 288) bytes.push((code - 35) & 255);
    else for (let i = 4 * (code - 288); i > 0; i--) bytes.push(bytes[bytes.length - 4]);
  }
  return Uint8Array.from(bytes);
}
