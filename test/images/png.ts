import { encode } from "fast-png";

/** The bytes of a PNG of 8 bits, with 1 to 4 values for each pixel. */
export const png = (width: number, height: number, data: ArrayLike<number>): Uint8Array =>
  encode({ width, height, channels: data.length / (width * height), data: Uint8Array.from(data) });

/** A square image of one value, with `channels` channels. */
export const plain = (side: number, value: number, channels = 1): Uint8Array =>
  png(side, side, new Array<number>(side * side * channels).fill(value));
