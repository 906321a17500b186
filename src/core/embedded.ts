import scalar from "../../build/scalar.wasm";
import simd from "../../build/simd.wasm";
// Next to the build that it resembles: a compressor looks no further back than 32 KB. (Biome sorts the imports of all files but this one.)
import relaxed from "../../build/relaxed.wasm";
import type { Variant } from "./wasm.js";

/** The builds as text: a string costs nothing until it is decoded, and only the build that is picked is. */
const builds: Record<Variant, string> = { scalar, simd, relaxed };

/** The bytes of a build. In the text, a character is 32 + a byte, or 288 + how often the four bytes before it come again. */
export function embedded(variant: Variant): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (const character of builds[variant]) {
    const code = character.charCodeAt(0) - 32;
    if (code < 256) bytes.push(code);
    else for (let i = 4 * (code - 256); i > 0; i--) bytes.push(bytes[bytes.length - 4]);
  }
  return Uint8Array.from(bytes);
}
