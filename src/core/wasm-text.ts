/**
 * The bytes of a module from its text, which tools/wasm-text.mjs writes. A character is a byte + 35, modulo 256 and from 32 on; 291 is the last
 * four bytes three times more; n + 292 and then m + 292 are n bytes from byte m on of `resembled`, another build.
 */
export function decode(text: string, resembled?: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 288) bytes.push((code - 35) & 255);
    else if (code === 291) for (let k = 0; k < 12; k++) bytes.push(bytes[bytes.length - 4]);
    else {
      const from = text.charCodeAt(++i) - 292;
      for (let k = 0; resembled && k < code - 292; k++) bytes.push(resembled[from + k]);
    }
  }
  return Uint8Array.from(bytes);
}
