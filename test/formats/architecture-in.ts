/** The architecture in the header of a model file, and a file with another one in its place. */

interface Header {
  __metadata__: Record<string, string>;
}

const dataOf = (file: Uint8Array): number =>
  8 + Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));

const headerOf = (file: Uint8Array): Header =>
  JSON.parse(new TextDecoder().decode(file.subarray(8, dataOf(file)))) as Header;

export const metadataOf = (file: Uint8Array): Record<string, string> => headerOf(file).__metadata__;

export const architectureOf = (file: Uint8Array): Record<string, unknown> =>
  JSON.parse(metadataOf(file).architecture) as Record<string, unknown>;

export function withArchitecture(file: Uint8Array, architecture: unknown): Uint8Array<ArrayBuffer> {
  const header = headerOf(file);
  header.__metadata__.architecture = JSON.stringify(architecture);
  const text = new TextEncoder().encode(JSON.stringify(header));
  const data = file.subarray(dataOf(file));
  const whole = new Uint8Array(8 + text.length + data.length);
  new DataView(whole.buffer).setBigUint64(0, BigInt(text.length), true);
  whole.set(text, 8);
  whole.set(data, 8 + text.length);
  return whole;
}
