/** Handwritten digits: images of 8 x 8 pixels, each from 0 (paper) to 16 (ink). */

export const DIGIT_SIDE = 8;
export const DIGIT_PIXELS = DIGIT_SIDE * DIGIT_SIDE;
export const MOST_INK = 16;

export interface DigitImages {
  readonly count: number;
  /** Image by image, row by row. */
  readonly pixels: Uint8Array;
  /** The digit that each image shows. */
  readonly labels: Uint8Array;
}

let images: DigitImages | undefined;

/** @throws Error before `loadDigitImages` has ended */
export function digitImages(): DigitImages {
  if (!images) throw new Error("digitImages: the images are not loaded; await loadDigitImages() first");
  return images;
}

/** Gets the images once. `read` is another way to the file's bytes than that of a page. */
export async function loadDigitImages(read: () => Promise<Uint8Array> = fetched): Promise<void> {
  images ??= imagesFrom(await textOf(await read()));
}

async function fetched(): Promise<Uint8Array> {
  const url = new URL("../../../examples/digits/data/digits.csv.gz", import.meta.url);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The images of digits did not come: ${response.status}.`);
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

/** The images that are most like another one, the likest first: by the squares of their differences. */
export function nearestImages(image: Uint8Array, count: number): readonly number[] {
  const { pixels, count: all } = digitImages();
  const distances = new Float64Array(all);
  for (let i = 0; i < all; i++)
    for (let p = 0; p < DIGIT_PIXELS; p++) {
      const difference = pixels[i * DIGIT_PIXELS + p] - image[p];
      distances[i] += difference * difference;
    }
  return Array.from({ length: all }, (_, i) => i)
    .sort((a, b) => distances[a] - distances[b] || a - b)
    .slice(0, count);
}
