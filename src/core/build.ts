import { show } from "./check.js";
import { ValueError } from "./errors.js";
import { VARIANTS, type Variant } from "./wasm.js";

/** A build of the kernels inside a module of this package, such as `scalar` of lanewise/scalar. */
export interface Build {
  readonly variant: Variant;
  /** The WebAssembly module, in base64. */
  readonly base64: string;
}

/** Where engines have decoders: Uint8Array.fromBase64 of ECMAScript 2026, and Buffer of Node. */
const host = globalThis as {
  readonly Uint8Array: { fromBase64?(base64: string): Uint8Array<ArrayBuffer> };
  readonly Buffer?: { from(text: string, encoding: "base64"): Uint8Array<ArrayBuffer> };
};

/**
 * Decodes the WebAssembly module of a build, with the decoder of the engine if it has one. A loop would take
 * milliseconds, because it runs before the engine has optimized it.
 */
export function decode({ base64 }: Build): Uint8Array<ArrayBuffer> {
  if (host.Uint8Array.fromBase64) return host.Uint8Array.fromBase64(base64);
  if (host.Buffer) return host.Buffer.from(base64, "base64");
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** @throws ValueError for anything but a build */
export function checkBuild(who: string, build: unknown): asserts build is Build {
  const { variant, base64 } = Object(build);
  if (VARIANTS.includes(variant) && typeof base64 === "string") return;
  throw new ValueError(
    `${who} expected build to be one of the package's modules, such as ` +
      `import { scalar } from "lanewise/scalar", got ${show(build)}`,
  );
}
