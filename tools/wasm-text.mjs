// How a .wasm file becomes a string of JavaScript: the other half, which turns it back, is src/core/embedded.ts.
import { readFileSync } from "node:fs";

/**
 * One character a byte, 32 above it so that none is a control character that an editor or an HTML page would mangle. Where the last four
 * bytes come again k more times, as they do in every constant vector, one character 288 + k says so. Base64 would hide the repetitions from
 * gzip: three builds come out at 14 KB this way and at 31 KB that.
 */
export function encode(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; ) {
    let again = 0;
    while (i >= 4 && again < 3 && sameWord(bytes, i - 4, i + 4 * again)) again++;
    text += String.fromCharCode(again === 3 ? 288 + again : 32 + bytes[i]);
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

/** For esbuild. */
export const wasmText = {
  name: "wasm-text",
  setup(build) {
    build.onLoad({ filter: /\.wasm$/ }, ({ path }) => ({ contents: moduleText(path), loader: "js" }));
  },
};
