import { show } from "./check.js";
import { ValueError } from "./errors.js";
import { VARIANTS, type Variant } from "./wasm.js";

/** A build of the kernels inside a module of this package, such as `scalar` of lanewise/scalar. */
export interface Build {
  readonly variant: Variant;
  /** The WebAssembly module, in base64. */
  readonly base64: string;
}

/** The WebAssembly module of a build. */
export function decode({ base64 }: Build): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
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
