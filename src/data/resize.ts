/** What each value of a line of `to` takes from a line of `from`: the first place, and a weight for each. */
interface Taps {
  readonly first: Int32Array;
  readonly weights: readonly Float64Array[];
}

/**
 * Resizes an image by linear interpolation, which averages over all pixels that a new one covers when it
 * shrinks (the triangle filter of Pillow's and PyTorch's antialiased bilinear resize; edges take the weights
 * of what is inside). data: height x width x channels. Result: newHeight x newWidth x channels. Only + - * /
 * on float64, so that every engine gives the same bits.
 */
export function resized(
  data: Float32Array,
  [height, width]: readonly [number, number],
  [newHeight, newWidth]: readonly [number, number],
  channels: number,
): Float32Array<ArrayBuffer> {
  const across = tapsOf(width, newWidth);
  const down = tapsOf(height, newHeight);
  const rows = new Float64Array(height * newWidth * channels);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < newWidth; x++) {
      const weights = across.weights[x];
      const from = (y * width + across.first[x]) * channels;
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let i = 0; i < weights.length; i++) sum += weights[i] * data[from + i * channels + c];
        rows[(y * newWidth + x) * channels + c] = sum;
      }
    }
  const line = newWidth * channels;
  const result = new Float32Array(newHeight * line);
  for (let y = 0; y < newHeight; y++) {
    const weights = down.weights[y];
    const from = down.first[y] * line;
    for (let x = 0; x < line; x++) {
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i] * rows[from + i * line + x];
      result[y * line + x] = sum;
    }
  }
  return result;
}

function tapsOf(from: number, to: number): Taps {
  const scale = from / to;
  const reach = Math.max(1, scale);
  const first = new Int32Array(to);
  const weights = Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const begin = Math.max(0, Math.floor(centre - reach + 0.5));
    const end = Math.min(from, Math.floor(centre + reach + 0.5));
    first[i] = begin;
    const line = Float64Array.from({ length: end - begin }, (_, j) =>
      Math.max(0, 1 - Math.abs((begin + j + 0.5 - centre) / reach)),
    );
    const sum = line.reduce((total, weight) => total + weight, 0);
    return line.map((weight) => weight / sum);
  });
  return { first, weights };
}
