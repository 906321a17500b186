/** The decoder without the encoder, of which the package has no types. */
declare module "jpeg-js/lib/decoder.js" {
  export default function decode(
    bytes: Uint8Array,
    options: {
      useTArray: true;
      formatAsRGBA: false;
      tolerantDecoding: false;
      maxMemoryUsageInMB: number;
    },
  ): { readonly width: number; readonly height: number; readonly data: Uint8Array<ArrayBuffer> };
}
