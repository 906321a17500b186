import { ValueError } from "../index.js";
import type { SourceHash } from "./source-hash.js";
import { TableError } from "./table-error.js";

/** A ReadableStream. Described, as the two below are, since not every program has the types of the web. */
export interface StreamLike {
  /** The reader of the parts. */
  getReader(): unknown;
}

/** A Blob or a File. */
export interface BlobLike {
  /** The content in parts. */
  stream(): StreamLike;
}

/** A Response, or a Request. */
export interface BodyLike {
  readonly body: StreamLike | null;
}

/** Text or bytes of a table, whole or in parts. */
export type TableSource =
  | string
  | Uint8Array
  | ArrayBuffer
  | BlobLike
  | BodyLike
  | StreamLike
  | AsyncIterable<Uint8Array | string>
  | Iterable<Uint8Array | string>;

/** The first bytes of files that are no text of a table, their format, and what to do. */
const OTHER_FORMATS: readonly [begin: string | RegExp, what: string, todo: string][] = [
  [
    "PK\x03\x04",
    "a ZIP archive, as an Excel workbook (.xlsx) is",
    "save the sheet as CSV, or unzip the file",
  ],
  ["\xd0\xcf\x11\xe0", "an old Office file, as an Excel workbook (.xls) is", "save the sheet as CSV"],
  ["PAR1", "a Parquet file", "write it as CSV"],
  ["ARROW1", "an Arrow file", "write it as CSV"],
  ["FEA1", "a Feather file", "write it as CSV"],
  ["SQLite format 3\0", "an SQLite database", "export the table as CSV"],
  ["\x89HDF", "an HDF5 file", "write the table as CSV"],
  ["\x93NUMPY", "a NumPy file", "write it as CSV, with a header"],
  ...["\x80\x02", "\x80\x03", "\x80\x04", "\x80\x05"].map((begin): [string, string, string] => [
    begin,
    "a Python pickle",
    "write the table as CSV, as DataFrame.to_csv does",
  ]),
  [/^RD[AX][23]\n/, "an R data file", "write the table as CSV, as write.csv does"],
  ["$FL2", "an SPSS file", "write the table as CSV"],
  [/^.{4}\0{4}\{"/s, "a safetensors file, as models are", "pass the table"],
  ["BZh", "bzip2 data", "unzip it first"],
  ["\xfd7zXZ\0", "xz data", "unzip it first"],
  ["\x28\xb5\x2f\xfd", "Zstandard data", "unzip it first"],
  ["7z\xbc\xaf", "a 7-Zip archive", "unpack it first"],
  ["%PDF-", "a PDF file", "export the table as CSV"],
  ["\x89PNG", "a PNG image", "pass a table"],
  ["\xff\xd8\xff", "a JPEG image", "pass a table"],
  ["GIF8", "a GIF image", "pass a table"],
  ["\xff\xfe\0\0", "text in UTF-32", "convert it to UTF-8"],
  ["\0\0\xfe\xff", "text in UTF-32", "convert it to UTF-8"],
  ["version https://git-lfs", "a Git LFS pointer", "run git lfs pull in its repository"],
  [/^\s*<(!doctype html|!--|html|head|body)/i, "an HTML page", "download the file that the page is about"],
  [/^\s*<\?xml/i, "an XML document", "write the table as CSV"],
  [/^@relation\s/i, "an ARFF file of Weka", "write it as CSV"],
];

/** Byte order marks, and the encodings that they stand for. */
const MARKS: readonly [bytes: string, encoding: string][] = [
  ["\xef\xbb\xbf", "utf-8"],
  ["\xff\xfe", "utf-16le"],
  ["\xfe\xff", "utf-16be"],
];

/** What windows-1252 has at 0x80 to 0x9F. Some versions of Node decode these bytes to control characters. */
const WINDOWS_1252 =
  "\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f" +
  "\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178";

/** Enough bytes for every beginning above, with some white space before it. */
const FIRST_BYTES = 64;

/**
 * The text of a source, part by part, unzipped if it is gzip. Without an encoding the text is UTF-8, or what
 * its byte order mark says. hash: gets the source as it comes, zipped or not. @throws ValueError for what is
 * no source and for an encoding of no such name, TableError for bytes that are no text and for files of other
 * formats
 */
export async function* textOf(
  who: string,
  table: string,
  source: TableSource,
  encoding: string | undefined,
  hash?: SourceHash,
): AsyncGenerator<string, void, void> {
  checkEncoding(who, encoding);
  const parts = hashed(checkedParts(who, partsOf(who, source)), hash);
  const first = await parts.next();
  if (first.done) return;
  if (typeof first.value === "string") {
    yield first.value.replace(/^\ufeff/, "");
    for await (const part of parts) yield String(part);
    return;
  }
  const bytes = await withFirstBytes(first.value, parts as AsyncGenerator<Uint8Array, void, void>);
  yield* decoded(who, table, isGzip(bytes.first) ? unzipped(who, table, bytes) : bytes, encoding);
}

/** Bytes, of which the first part has enough to tell a format by. */
interface Bytes extends AsyncIterable<Uint8Array> {
  readonly first: Uint8Array;
}

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

async function* partsOf(who: string, source: TableSource): AsyncGenerator<Uint8Array | string, void, void> {
  const kind = Object.prototype.toString.call(source).slice(8, -1);
  if (typeof source === "string" || ArrayBuffer.isView(source)) yield source;
  else if (kind === "ArrayBuffer") yield new Uint8Array(source as ArrayBuffer);
  else if (kind === "Blob" || kind === "File") yield* readStream((source as Blob).stream());
  else if (kind === "Response") yield* readStream((source as Response).body);
  else if (kind === "ReadableStream") yield* readStream(source as ReadableStream<Uint8Array>);
  else if (
    source &&
    typeof source === "object" &&
    (Symbol.asyncIterator in source || Symbol.iterator in source)
  )
    yield* source as AsyncIterable<Uint8Array>;
  else
    throw new ValueError(
      `${who} expected the text or the bytes of a table, or a stream of them, got ${source === null ? "null" : kind}`,
    );
}

async function* checkedParts(
  who: string,
  parts: AsyncGenerator<unknown, void, void>,
): AsyncGenerator<Uint8Array | string, void, void> {
  for await (const part of parts) {
    if (typeof part === "string" || ArrayBuffer.isView(part)) yield part as Uint8Array | string;
    else
      throw new ValueError(
        `${who} expected parts of text or of bytes, got ${part === null ? "null" : typeof part}`,
      );
  }
}

async function* hashed<Part extends Uint8Array | string>(
  parts: AsyncGenerator<Part, void, void>,
  hash: SourceHash | undefined,
): AsyncGenerator<Part, void, void> {
  for await (const part of parts) {
    hash?.update(part);
    yield part;
  }
}

/** Not every engine can iterate over a stream. */
async function* readStream<Part>(stream: ReadableStream<Part> | null): AsyncGenerator<Part, void, void> {
  const reader = stream?.getReader();
  try {
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) return;
      yield value as Part;
    }
  } finally {
    await reader?.cancel();
  }
}

async function withFirstBytes(
  begin: Uint8Array,
  rest: AsyncGenerator<Uint8Array, void, void>,
): Promise<Bytes> {
  let first = begin;
  while (first.length < FIRST_BYTES) {
    const { done, value } = await rest.next();
    if (done) break;
    first = joined(first, value);
  }
  return {
    first,
    async *[Symbol.asyncIterator]() {
      yield first;
      yield* rest;
    },
  };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

async function* unzipped(who: string, table: string, bytes: Bytes): AsyncGenerator<Uint8Array, void, void> {
  const source = bytes[Symbol.asyncIterator]();
  const zipped = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { done, value } = await source.next();
      if (done) controller.close();
      else controller.enqueue(new Uint8Array(value));
    },
  });
  try {
    yield* readStream(zipped.pipeThrough(new DecompressionStream("gzip")));
  } catch (cause) {
    throw new TableError(
      who,
      table,
      [
        {
          message:
            "expected whole gzip data, got data that cannot be unzipped: the file is damaged or cut off",
          count: 1,
        },
      ],
      { cause },
    );
  }
}

/** @throws ValueError for what is no label of the Encoding Standard */
function checkEncoding(who: string, label: string | undefined): void {
  if (label === undefined) return;
  try {
    new TextDecoder(label);
  } catch {
    throw new ValueError(
      `${who} expected encoding to be a label of the Encoding Standard, such as utf-8, windows-1252 or utf-16le, got ${JSON.stringify(label)}`,
    );
  }
}

async function* decoded(
  who: string,
  table: string,
  bytes: AsyncIterable<Uint8Array>,
  asked: string | undefined,
): AsyncGenerator<string, void, void> {
  const fail = (message: string, line?: number, remedy?: string): never => {
    throw new TableError(who, table, [
      { message, count: 1, ...(line && { line }), ...(remedy && { remedy }) },
    ]);
  };
  let encoding: string | undefined;
  let decoder = new TextDecoder();
  let line = 1;
  const text = (chunk: Uint8Array, last: boolean): string => {
    const before = line;
    let part: string;
    try {
      part = decoder.decode(chunk, { stream: !last });
    } catch {
      // What decodes replaces the first wrong bytes by U+FFFD: it is on that line.
      const lenient = new TextDecoder(encoding).decode(chunk);
      const at = before + linesIn(lenient.slice(0, Math.max(0, lenient.indexOf("\ufffd"))));
      return fail(
        `expected text in ${encoding?.toUpperCase()}, got bytes that are none`,
        at,
        'the option encoding says what else it is, as in encoding: "windows-1252"',
      );
    }
    if (encoding === "windows-1252")
      part = part.replace(/[\x80-\x9f]/g, (control) => WINDOWS_1252[control.charCodeAt(0) - 0x80]);
    const nul = part.indexOf("\0");
    if (nul >= 0)
      return fail(
        "expected text, got a NUL byte",
        before + linesIn(part.slice(0, nul)),
        'encoding: "utf-16le" reads UTF-16 without a byte order mark',
      );
    line += linesIn(part);
    return part;
  };
  for await (const chunk of bytes) {
    if (encoding === undefined) {
      encoding = encodingOf(chunk, asked, fail);
      decoder = new TextDecoder(encoding, { fatal: true });
      // Another name of it, such as latin1.
      encoding = decoder.encoding;
    }
    yield text(chunk, false);
  }
  if (encoding !== undefined) yield text(new Uint8Array(), true);
}

const linesIn = (text: string): number => text.match(/\r\n?|\n/g)?.length ?? 0;

function encodingOf(
  first: Uint8Array,
  asked: string | undefined,
  fail: (message: string, line?: number, remedy?: string) => never,
): string {
  const start = Array.from(first.subarray(0, FIRST_BYTES), (byte) => String.fromCharCode(byte)).join("");
  const text = start.replace(/^\xef\xbb\xbf/, "");
  const other = OTHER_FORMATS.find(([begin]) =>
    typeof begin === "string" ? start.startsWith(begin) : begin.test(text),
  );
  if (other) return fail(`expected a table in CSV or JSON, got ${other[1]}`, undefined, other[2]);
  const marked = MARKS.find(([bytes]) => start.startsWith(bytes))?.[1];
  if (asked === undefined || marked === undefined || new TextDecoder(asked).encoding === marked)
    return asked ?? marked ?? "utf-8";
  return fail(
    `expected text in ${asked} as the option encoding says, got the byte order mark of ${marked}`,
    undefined,
    "leave the option encoding out",
  );
}
