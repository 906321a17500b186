// How a .wasm file becomes a string of JavaScript: the other half, which turns it back, is src/core/embedded.ts.
import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** A build that is written as what differs from another. */
const RESEMBLES = { "relaxed.wasm": "simd.wasm" };

/** Shorter passages cost more to point at than to repeat. */
const SHORTEST_COPY = 24;

/**
 * One character a byte. They begin at 32, so that none is a control character that an editor or an HTML page would mangle, with the byte 253: that
 * and the small ones are most of a SIMD module, and are one byte in UTF-8 this way. Where the last four bytes come three more times, as they
 * do in a constant vector, the character 291 says so. Base64 would hide repetitions from gzip: the builds come out at half the size this way.
 * Two characters from 292 on say how long a passage of `base`, another build, is to be copied and from where: gzip looks no further back than 32 KB.
 */
export function encode(bytes, base = new Uint8Array()) {
  const passages = passagesOf(base);
  let text = "";
  for (let i = 0; i < bytes.length; ) {
    const { at, length } = longestCopy(bytes, i, base, passages);
    let again = 0;
    while (i >= 4 && again < 3 && sameWord(bytes, i - 4, i + 4 * again)) again++;
    if (length > 0) text += String.fromCharCode(292 + length, 292 + at);
    else text += String.fromCharCode(again === 3 ? 291 : 32 + ((bytes[i] + 3) & 255));
    i += length > 0 ? length : again === 3 ? 12 : 1;
  }
  return text;
}

/** Where each run of SHORTEST_COPY bytes begins, by its bytes. */
function passagesOf(base) {
  const passages = new Map();
  for (let at = 0; at + SHORTEST_COPY <= base.length; at++) {
    const key = base.subarray(at, at + SHORTEST_COPY).join();
    passages.set(key, [...(passages.get(key) ?? []), at]);
  }
  return passages;
}

function longestCopy(bytes, i, base, passages) {
  let longest = { at: 0, length: 0 };
  for (const at of passages.get(bytes.subarray(i, i + SHORTEST_COPY).join()) ?? []) {
    let length = SHORTEST_COPY;
    while (i + length < bytes.length && at + length < base.length && bytes[i + length] === base[at + length]) length++;
    if (length > longest.length) longest = { at, length };
  }
  return longest;
}

function sameWord(bytes, a, b) {
  for (let k = 0; k < 4; k++) if (b + k >= bytes.length || bytes[a + k] !== bytes[b + k]) return false;
  return true;
}

function textOf(path) {
  const resembled = RESEMBLES[basename(path)];
  return JSON.stringify(encode(readFileSync(path), resembled && readFileSync(join(dirname(path), resembled))));
}

/** The module that an import of this .wasm file stands for. */
export const moduleText = (path) => `export default ${textOf(path)};`;

/** For esbuild: names stand for the texts until the code is minified and its lines are broken, which would break the texts too. */
export const wasmText = {
  name: "wasm-text",
  setup(build) {
    build.onLoad({ filter: /\.wasm$/ }, ({ path }) => ({ contents: `export default ${JSON.stringify(`wasm-text:${path}`)};`, loader: "js" }));
  },
};

/** The code with the texts in their places, on lines of their own: Node prints the line of an uncaught error. */
export const insertTexts = (code) => code.replace(/"wasm-text:([^"]+)"/g, (_, path) => `\n${textOf(path)}\n`);
