import { show } from "./check.js";
import { ValueError } from "./errors.js";
import { VARIANTS, type Variant } from "./wasm.js";

/** A build of the kernels inside a module of this package, such as `scalar` of lanewise/scalar. */
export interface Build {
  readonly variant: Variant;
  /** The WebAssembly module, in hexadecimal digits. */
  readonly hex: string;
}

/** Where engines have decoders: Uint8Array.fromHex of ECMAScript 2026, and Buffer of Node. */
const host = globalThis as {
  readonly Uint8Array: { fromHex?(hex: string): Uint8Array<ArrayBuffer> };
  readonly Buffer?: { from(text: string, encoding: "hex"): Uint8Array<ArrayBuffer> };
};

/**
 * The WebAssembly module of a build, by a decoder of the engine where it has one: a loop over so many digits
 * takes milliseconds, since it runs before the engine has optimized it.
 */
export function decode({ hex }: Build): Uint8Array<ArrayBuffer> {
  if (host.Uint8Array.fromHex) return host.Uint8Array.fromHex(hex);
  if (host.Buffer) return host.Buffer.from(hex, "hex");
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = 16 * digitAt(hex, 2 * i) + digitAt(hex, 2 * i + 1);
  return bytes;
}

/** The value of a hexadecimal digit: 0 to 9, or a to f. */
function digitAt(hex: string, at: number): number {
  const code = hex.charCodeAt(at);
  return code - (code < 58 ? 48 : 87);
}

/** @throws ValueError for anything but a build */
export function checkBuild(who: string, build: unknown): asserts build is Build {
  const { variant, hex } = Object(build);
  if (VARIANTS.includes(variant) && typeof hex === "string") return;
  throw new ValueError(
    `${who} expected build to be one of the package's modules, such as ` +
      `import { scalar } from "lanewise/scalar", got ${show(build)}`,
  );
}
