// How a .wasm file becomes a string of JavaScript: the other half, which turns it back, is src/core/embedded.ts.
import { readFileSync } from "node:fs";

/**
 * One character a byte. They begin at 32, so that none is a control character that an editor or an HTML page would mangle, with the byte 253: that
 * and the small ones are most of a SIMD module, and are one byte in UTF-8 this way. Where the last four bytes come three more times, as they
 * do in a constant vector, the character 291 says so. Base64 would hide repetitions from gzip, which also finds a build in the one
 * before it, up to 32 KB back: three builds come out at 14 KB this way and at 31 KB that.
 */
export function encode(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; ) {
    let again = 0;
    while (i >= 4 && again < 3 && sameWord(bytes, i - 4, i + 4 * again)) again++;
    text += String.fromCharCode(again === 3 ? 288 + again : 32 + ((bytes[i] + 3) & 255));
    i += again === 3 ? 12 : 1;
  }
  return text;
}

function sameWord(bytes, a, b) {
  for (let k = 0; k < 4; k++) if (b + k >= bytes.length || bytes[a + k] !== bytes[b + k]) return false;
  return true;
}

/** The module that an import of this .wasm file stands for. */
export const moduleText = (path) => `export default ${JSON.stringify(encode(readFileSync(path)))};`;

/** For esbuild: names stand for the texts until the code is minified and its lines are broken, which would break the texts too. */
export const wasmText = {
  name: "wasm-text",
  setup(build) {
    build.onLoad({ filter: /\.wasm$/ }, ({ path }) => ({ contents: `export default ${JSON.stringify(`wasm-text:${path}`)};`, loader: "js" }));
  },
};

/** The code with the texts in their places. */
export const insertTexts = (code) => code.replace(/"wasm-text:([^"]+)"/g, (_, path) => JSON.stringify(encode(readFileSync(path))));
