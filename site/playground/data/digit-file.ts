import { DIGIT_PIXELS, type DigitImages } from "./digit-images.js";

/** The file of the handwritten digits. */

export async function readDigitImages(read: () => Promise<Uint8Array> = fetched): Promise<DigitImages> {
  return imagesFrom(await textOf(await read()));
}

async function fetched(): Promise<Uint8Array> {
  const url = new URL("../../../examples/digits/data/digits.csv.gz", import.meta.url);
  const response = await fetch(url);
  if (!response.ok)
    throw new Error(`The images of digits could not be loaded: HTTP ${response.status}. Reload the page.`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Some servers have the browser unzip such a file on its way. */
async function textOf(bytes: Uint8Array): Promise<string> {
  const isZipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  const plain = isZipped ? stream.pipeThrough(new DecompressionStream("gzip")) : stream;
  return new Response(plain).text();
}

/** Lines of 64 pixels and the digit. */
function imagesFrom(text: string): DigitImages {
  const lines = text.trim().split(/\r?\n/);
  const pixels = new Uint8Array(lines.length * DIGIT_PIXELS);
  const labels = new Uint8Array(lines.length);
  for (const [i, line] of lines.entries()) {
    const numbers = line.split(",").map(Number);
    if (numbers.length !== DIGIT_PIXELS + 1)
      throw new Error(`Line ${i + 1} of the digits has ${numbers.length} numbers, not ${DIGIT_PIXELS + 1}.`);
    pixels.set(numbers.slice(0, DIGIT_PIXELS), i * DIGIT_PIXELS);
    labels[i] = numbers[DIGIT_PIXELS];
  }
  return { count: lines.length, pixels, labels };
}
