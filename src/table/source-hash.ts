import { sha256 } from "@noble/hashes/sha2.js";

/**
 * The SHA-256 of a source that is read part by part: of its bytes, of text as UTF-8. It is incremental, which
 * crypto.subtle is not.
 */
export class SourceHash {
  private readonly hash = sha256.create();
  /** The first half of a surrogate pair, whose other half comes with the next part. */
  private half = "";

  update(part: Uint8Array | string): void {
    if (typeof part !== "string") {
      this.hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
      return;
    }
    const text = this.half + part;
    this.half = /[\ud800-\udbff]$/.exec(text)?.[0] ?? "";
    this.hash.update(new TextEncoder().encode(this.half ? text.slice(0, -1) : text));
  }

  /** In hexadecimal digits. */
  digest(): string {
    this.hash.update(new TextEncoder().encode(this.half));
    return Array.from(this.hash.digest(), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }
}
