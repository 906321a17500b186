import * as zlib from "node:zlib";
import { compressors } from "hyparquet-compressors";

type Codecs = typeof compressors;

/** Newer versions of Node unpack Zstandard themselves, four times as fast. */
const { zstdDecompressSync } = zlib as { zstdDecompressSync?: (bytes: Uint8Array) => Uint8Array };

/** What unpacks the pages of Parquet files. */
export const codecs: Codecs = {
  ...compressors,
  GZIP: (bytes) => zlib.gunzipSync(bytes),
  ...(zstdDecompressSync && { ZSTD: (bytes) => zstdDecompressSync(bytes) }),
};
