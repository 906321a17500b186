import { BackendError } from "../core/errors.js";

/**
 * Kernels on shared memory. The instructions of a build are the same for both kinds of memory; a module only
 * declares which kind it imports. So there is no second set of builds to ship: this changes the declaration.
 */

/** Section 2 of every build: one import, env.memory, a memory (2) without a maximum (0). */
const IMPORT = [..."\x02\x0f\x01\x03env\x06memory\x02\x00"].map((letter) => letter.charCodeAt(0));
/** The same as shared memory (3), which must have a maximum. */
const SHARED = [..."\x02\x12\x01\x03env\x06memory\x02\x03"].map((letter) => letter.charCodeAt(0));
/** 65,536 pages, the whole 4 GiB, as the format writes numbers. */
const MAXIMUM = [0x80, 0x80, 0x04];

/** The pages of the whole memory. */
export const PAGES = 65_536;

/**
 * The module with a memory that threads can share. @throws BackendError for what is not a build of lanewise
 */
export function withSharedMemory(module: Uint8Array): Uint8Array<ArrayBuffer> {
  for (let at = 8; at + IMPORT.length < module.length && module[at] <= IMPORT[0]; ) {
    if (IMPORT.every((byte, i) => module[at + i] === byte)) {
      // After the flags stands the minimum, 0.
      const end = at + IMPORT.length + 1;
      const bytes = new Uint8Array(module.length + MAXIMUM.length);
      bytes.set(module.subarray(0, end));
      bytes.set(SHARED, at);
      bytes.set(MAXIMUM, end);
      bytes.set(module.subarray(end), end + MAXIMUM.length);
      return bytes;
    }
    const { size, next } = sizeAt(module, at + 1);
    at = next + size;
  }
  throw new BackendError("createBackend: threads need a build of lanewise, got another WebAssembly module");
}

/** An unsigned number in the variable length of the format, and where what follows begins. */
function sizeAt(module: Uint8Array, at: number): { size: number; next: number } {
  let size = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = module[at++];
    size |= (byte & 127) << shift;
    if (byte < 128) return { size, next: at };
  }
}
