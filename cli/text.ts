import { UsageError } from "./command.js";

/** The text of a file cannot be read. */
export class TextError extends Error {
  /** `field`: the index of the field in its row, where that is known. */
  constructor(
    message: string,
    readonly line?: number,
    readonly field?: number,
  ) {
    super(message);
  }
}

/** The first bytes of files that are not CSV, their format, and what to do. */
const OTHER_FORMATS: readonly [begin: string | RegExp, what: string, todo: string][] = [
  ["\x1f\x8b", "gzip data", "unzip it first, as in gunzip -c FILE | lanewise train -"],
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
  [/^.{4}\0{4}\{"/s, "a safetensors file, as models are", "the model comes first, then the table"],
  ["BZh", "bzip2 data", "unzip it first, as in bunzip2 -c FILE | lanewise train -"],
  ["\xfd7zXZ\0", "xz data", "unzip it first, as in xz -dc FILE | lanewise train -"],
  ["\x28\xb5\x2f\xfd", "Zstandard data", "unzip it first, as in zstd -dc FILE | lanewise train -"],
  ["7z\xbc\xaf", "a 7-Zip archive", "unpack it first"],
  ["%PDF-", "a PDF file", "export the table as CSV"],
  ["\x89PNG", "a PNG image", "pass the folder that has a folder of images for each class"],
  ["\xff\xd8\xff", "a JPEG image", "pass the folder that has a folder of images for each class"],
  ["GIF8", "a GIF image", "save it as PNG in the folder of its class, and pass the folder of all classes"],
  ["\0\0\x08\x01", "an IDX file of labels", "pass the folder that holds it and its images"],
  ["\0\0\x08\x03", "an IDX file of images", "pass the folder that holds it and its labels"],
  ["\xff\xfe\0\0", "text in UTF-32", "convert it to UTF-8"],
  ["\0\0\xfe\xff", "text in UTF-32", "convert it to UTF-8"],
  ["version https://git-lfs", "a Git LFS pointer", "run git lfs pull in its repository"],
  [/^\s*<(!doctype html|!--|html|head|body)/i, "an HTML page", "download the file that the page is about"],
  [/^\s*<\?xml/i, "an XML document", "write the table as CSV"],
  [/^\s*(\[\s*[[{"]|\{\s*")/, "JSON", "write it as CSV"],
  [/^@relation\s/i, "an ARFF file of Weka", "write it as CSV"],
];

/** Byte order marks, and the encodings that they stand for. */
const MARKS: readonly [bytes: string, encoding: string][] = [
  ["\xef\xbb\xbf", "utf-8"],
  ["\xff\xfe", "utf-16le"],
  ["\xfe\xff", "utf-16be"],
];

const NUL = "expected text, got a NUL byte; --encoding utf-16le reads UTF-16 without a byte order mark";

/** Enough for every beginning above, with some white space before it. */
const FIRST_BYTES = 64;

/** What windows-1252 has at 0x80 to 0x9F. Some versions of Node decode these bytes to control characters. */
const WINDOWS_1252 =
  "\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f" +
  "\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178";

/** Checks a label of the Encoding Standard, such as latin1. Throws a UsageError for another. */
export function checkEncoding(label: string | undefined): string | undefined {
  if (label === undefined) return undefined;
  try {
    return new TextDecoder(label, { fatal: true }).encoding;
  } catch {
    throw new UsageError(
      `--encoding expected a label of the Encoding Standard, such as utf-8, windows-1252 or utf-16le, got ${label}`,
    );
  }
}

/**
 * Decodes bytes as they come. Without an encoding the text is UTF-8, or what its byte order mark says.
 * Throws a TextError for bytes that are no text of that encoding and for files of other formats.
 */
export async function* decoded(
  bytes: AsyncIterable<Uint8Array>,
  encoding: string | undefined,
): AsyncGenerator<string, void, void> {
  let text: Decoder | undefined;
  for await (const chunk of withFirstBytes(bytes)) {
    text ??= new Decoder(encodingOf(chunk, encoding));
    yield text.decode(chunk, false);
  }
  if (text) yield text.decode(new Uint8Array(), true);
}

/** Puts the first chunks together until there are enough bytes to tell a format by. */
async function* withFirstBytes(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  let first: Uint8Array | undefined = new Uint8Array();
  for await (const chunk of bytes) {
    if (first === undefined) {
      yield chunk;
      continue;
    }
    first = Buffer.concat([first, chunk]);
    if (first.length < FIRST_BYTES) continue;
    yield first;
    first = undefined;
  }
  if (first !== undefined && first.length > 0) yield first;
}

function encodingOf(first: Uint8Array, asked: string | undefined): string {
  const start = Buffer.from(first.subarray(0, FIRST_BYTES)).toString("latin1");
  const text = start.replace(/^\xef\xbb\xbf/, "");
  const other = OTHER_FORMATS.find(([begin]) =>
    typeof begin === "string" ? start.startsWith(begin) : begin.test(text),
  );
  if (other) throw new TextError(`expected a table in CSV, got ${other[1]}: ${other[2]}`);
  // ASCII in UTF-16 has a NUL in every other byte.
  if (asked === undefined && /^(\0[^\0]|[^\0]\0)/.test(start)) throw new TextError(NUL, 1);
  const marked = MARKS.find(([bytes]) => start.startsWith(bytes))?.[1];
  if (asked === undefined || marked === undefined || asked === marked) return asked ?? marked ?? "utf-8";
  throw new TextError(
    `expected text in ${asked} as --encoding says, got the byte order mark of ${marked}: leave --encoding out`,
  );
}

/** Decodes chunks, and knows the line and the field where it stands. */
class Decoder {
  private readonly decoder: TextDecoder;
  /** Bytes of a character that the last chunk has only begun. UTF-8 only. */
  private unfinished: Uint8Array = new Uint8Array();
  private line = 1;
  private inQuotes = false;
  /** The text of the row so far. */
  private row = "";

  constructor(private readonly encoding: string) {
    this.decoder = new TextDecoder(encoding, { fatal: true });
  }

  decode(chunk: Uint8Array, last: boolean): string {
    const bytes = this.unfinished.length > 0 ? Buffer.concat([this.unfinished, chunk]) : chunk;
    let text: string;
    try {
      text = this.decoder.decode(chunk, { stream: !last });
    } catch {
      throw this.errorIn(bytes, last);
    }
    if (this.encoding === "utf-8") this.unfinished = bytes.slice(bytes.length - begun(bytes));
    else if (this.encoding === "windows-1252")
      text = text.replace(/[\x80-\x9f]/g, (control) => WINDOWS_1252[control.charCodeAt(0) - 0x80]);
    const nul = text.indexOf("\0");
    this.moveOver(nul < 0 ? text : text.slice(0, nul));
    if (nul >= 0) throw this.error(NUL);
    return text;
  }

  /** The error about the first byte that is wrong. */
  private errorIn(bytes: Uint8Array, last: boolean): TextError {
    const decodes = (length: number) => {
      try {
        return new TextDecoder(this.encoding, { fatal: true, ignoreBOM: true }).decode(
          bytes.subarray(0, length),
          {
            stream: true,
          },
        );
      } catch {
        return undefined;
      }
    };
    let [right, wrong] = [0, bytes.length + 1];
    while (wrong - right > 1) {
      const middle = (right + wrong) >> 1;
      if (decodes(middle) === undefined) wrong = middle;
      else right = middle;
    }
    const text = decodes(right) ?? "";
    this.moveOver(text);
    if (last && right === bytes.length)
      return this.error(
        `expected text in ${this.encoding.toUpperCase()}, got an end amid a character: the file is cut off, or in another encoding, which --encoding says`,
      );
    // The byte that begins what is no character, which may be before the one that shows it.
    const at = this.encoding === "utf-8" ? Buffer.byteLength(text) : Math.min(right, bytes.length - 1);
    const byte = `0x${(bytes[at] ?? 0).toString(16).toUpperCase().padStart(2, "0")}`;
    return this.error(
      `expected text in ${this.encoding.toUpperCase()}, got the byte ${byte}; --encoding says what else it is, as in --encoding windows-1252`,
    );
  }

  private error(message: string): TextError {
    return new TextError(message, this.line, this.fieldAtEnd());
  }

  /** Counts lines, and keeps the row read so far. */
  private moveOver(text: string): void {
    let rowBegin = 0;
    for (const { 0: found, index } of text.matchAll(/"|\r\n?|\n/g)) {
      if (found === '"') {
        this.inQuotes = !this.inQuotes;
        continue;
      }
      // A CR and an LF in two chunks are one end of a line.
      if (found !== "\n" || index > 0 || !this.row.endsWith("\r")) this.line++;
      if (!this.inQuotes) {
        // The CR stays for the chunk that may begin with its LF.
        rowBegin = index + found.length - (found === "\r" && index === text.length - 1 ? 1 : 0);
        this.row = "";
      }
    }
    this.row += text.slice(rowBegin);
  }

  private fieldAtEnd(): number {
    let [field, inQuotes] = [0, false];
    for (const character of this.row) {
      if (character === '"') inQuotes = !inQuotes;
      else if (character === "," && !inQuotes) field++;
    }
    return field;
  }
}

/** How many bytes at the end begin a character of UTF-8 that is not whole. */
function begun(bytes: Uint8Array): number {
  for (let count = 1; count <= Math.min(3, bytes.length); count++) {
    const byte = bytes[bytes.length - count];
    if ((byte & 0xc0) === 0x80) continue;
    const whole = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return count < whole ? count : 0;
  }
  return 0;
}
