import { parquetHeader } from "hyparquet/src/column.js";
import { convert, convertWithDictionary } from "hyparquet/src/convert.js";
import { decompressPage, readDataPage, readDataPageV2 } from "hyparquet/src/datapage.js";
import { readPlain } from "hyparquet/src/plain.js";

/** What hyparquet knows of a column when it decodes a page. */
export type ColumnDecoder = Parameters<typeof readDataPage>[2];

type Values = ReturnType<typeof convert>;
type Reader = Parameters<typeof parquetHeader>[0];
type PageHeader = ReturnType<typeof parquetHeader>;

/** Values of some rows that follow each other. null is no value. */
interface Page {
  readonly begin: number;
  readonly values: ArrayLike<unknown>;
}

/** The column chunk that is read, and what its statistics say. */
export interface Chunk {
  readonly bytes: ArrayBuffer;
  readonly decoder: ColumnDecoder;
  /** Whether a value may be missing. */
  readonly hasGaps: boolean;
}

/**
 * The values of the rows from..to of a column chunk. hyparquet decodes the pages. What it does to nest values
 * is left out, which takes most of its time: the column is no list and in no other column.
 */
export function readFlatColumn(
  { bytes, decoder, hasGaps }: Chunk,
  from: number,
  to: number,
): ArrayLike<unknown> {
  const reader: Reader = { view: new DataView(bytes), offset: 0 };
  const pages: Page[] = [];
  let dictionary: Values | undefined;
  let begin = 0;
  while (begin < to && reader.offset < bytes.byteLength - 1) {
    const header = parquetHeader(reader);
    if (header.type === "DICTIONARY_PAGE") dictionary = readDictionary(reader, header, decoder);
    else {
      const rows = header.data_page_header?.num_values ?? header.data_page_header_v2?.num_rows;
      if (rows === undefined) throw new TypeError(`unsupported page type: ${header.type}`);
      if (begin + rows <= from) reader.offset += header.compressed_page_size;
      else if (hasGaps) pages.push({ begin, values: readPage(reader, header, decoder, dictionary) });
      else pages.push({ begin, values: readFullPage(reader, header, decoder, dictionary) });
      begin += rows;
    }
  }
  if (begin < to)
    throw new TypeError(`expected ${to} values in column ${decoder.element.name}, got ${begin}`);
  return joined(pages, from, to);
}

/** The bytes of a page, behind which the reader stands then. */
function bytesOf(reader: Reader, { compressed_page_size: size }: PageHeader): Uint8Array {
  const bytes = new Uint8Array(reader.view.buffer, reader.view.byteOffset + reader.offset, size);
  reader.offset += size;
  return bytes;
}

function readDictionary(reader: Reader, header: PageHeader, decoder: ColumnDecoder): Values {
  const packed = bytesOf(reader, header);
  const { codec, compressors, type, element } = decoder;
  const page = decompressPage(packed, Number(header.uncompressed_page_size), codec, compressors);
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  const count = header.dictionary_page_header?.num_values ?? 0;
  return convert(readPlain({ view, offset: 0 }, type, count, element.type_length), decoder);
}

function readPage(
  reader: Reader,
  header: PageHeader,
  decoder: ColumnDecoder,
  dictionary: Values | undefined,
): ArrayLike<unknown> {
  const packed = bytesOf(reader, header);
  const { codec, compressors } = decoder;
  const { data_page_header: first } = header;
  const page = first
    ? readDataPage(
        decompressPage(packed, Number(header.uncompressed_page_size), codec, compressors),
        first,
        decoder,
      )
    : readDataPageV2(packed, header, decoder);
  const values = convertWithDictionary(page.dataPage, dictionary, encodingOf(header), decoder);
  const levels = page.definitionLevels;
  // Without a level for each, all are there.
  if (!levels || levels.length === 0 || levels.length === values.length) return values;
  let next = 0;
  return levels.map((level) => (level === 1 ? values[next++] : null));
}

/** The values of a page in which none is missing: the levels that say which are there are skipped. */
function readFullPage(
  reader: Reader,
  header: PageHeader,
  decoder: ColumnDecoder,
  dictionary: Values | undefined,
): ArrayLike<unknown> {
  const { data_page_header: first } = header;
  const [root, column] = decoder.schemaPath;
  if (!first || column.element.repetition_type === "REQUIRED")
    return readPage(reader, header, decoder, dictionary);
  const { codec, compressors } = decoder;
  const packed = bytesOf(reader, header);
  const page = decompressPage(packed, Number(header.uncompressed_page_size), codec, compressors);
  const levels = 4 + new DataView(page.buffer, page.byteOffset).getUint32(0, true);
  const required = { ...column, element: { ...column.element, repetition_type: "REQUIRED" as const } };
  const { dataPage } = readDataPage(page.subarray(levels), first, {
    ...decoder,
    schemaPath: [root, required],
  });
  return convertWithDictionary(dataPage, dictionary, encodingOf(header), decoder);
}

const encodingOf = ({ data_page_header: first, data_page_header_v2: second }: PageHeader) =>
  (first ?? second)?.encoding ?? "PLAIN";

type Typed = Float32Array | Float64Array | Int32Array | BigInt64Array;

/** The values of the rows from..to in one array, which is typed if those of all pages are alike. */
function joined(pages: readonly Page[], from: number, to: number): ArrayLike<unknown> {
  const first = pages[0]?.values;
  if (pages.length === 1 && pages[0].begin === from && first.length === to - from) return first;
  const isTyped =
    ArrayBuffer.isView(first) && pages.every(({ values }) => values.constructor === first.constructor);
  const all: Typed | unknown[] = isTyped
    ? new (first.constructor as new (length: number) => Typed)(to - from)
    : new Array(to - from);
  for (const { begin, values } of pages) {
    const [low, high] = [Math.max(begin, from), Math.min(begin + values.length, to)];
    if (isTyped)
      (all as Float64Array).set((values as Float64Array).subarray(low - begin, high - begin), low - from);
    else for (let row = low; row < high; row++) all[row - from] = values[row - begin];
  }
  return all;
}
