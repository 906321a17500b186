/** Bytes from the sources that users may pass. */

/** The built-in class of an object of any realm: an `instanceof` knows only its own. */
export function classOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/**
 * The bytes of a buffer or of a view of one, of any realm; undefined for anything else. Not every engine
 * takes a DataView.
 */
export function bytesOf(value: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (ArrayBuffer.isView(value))
    return new Uint8Array(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength);
  return classOf(value) === "ArrayBuffer" ? new Uint8Array(value as ArrayBuffer) : undefined;
}

export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * The bytes of a source: at hand, or fetched where it is a Response or a URL. Undefined for what is none.
 * @throws what `fail` makes of a message
 */
export async function readBytes(
  source: unknown,
  fail: (message: string, cause?: unknown) => Error,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const bytes = bytesOf(source);
  if (bytes) return bytes;
  const kind = classOf(source);
  if (kind === "URL") return readUrl(source as URL, fail);
  return kind === "Response" ? readResponse(source as Response, fail) : undefined;
}

async function readUrl(
  url: URL,
  fail: (message: string, cause?: unknown) => Error,
): Promise<Uint8Array<ArrayBuffer>> {
  let response: Response;
  try {
    // Node's fetch knows no file: addresses.
    const files = url.protocol === "file:" ? nodeFiles() : undefined;
    if (files) return await files.promises.readFile(url);
    response = await fetch(url);
  } catch (cause) {
    throw fail(`could not read ${url.href} (${reasonOf(cause)})`, cause);
  }
  return readResponse(response, fail);
}

async function readResponse(
  response: Response,
  fail: (message: string, cause?: unknown) => Error,
): Promise<Uint8Array<ArrayBuffer>> {
  if (!response.ok)
    throw fail(`fetching ${response.url || "the file"} answered ${response.status} ${response.statusText}`);
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throw fail(`could not read ${response.url || "the response"} (${reasonOf(cause)})`, cause);
  }
}

/** Node's file system, where there is one; the bundle imports nothing of Node. */
function nodeFiles(): { promises: { readFile(url: URL): Promise<Uint8Array<ArrayBuffer>> } } | undefined {
  const host = globalThis as {
    process?: { getBuiltinModule?(name: "node:fs"): ReturnType<typeof nodeFiles> };
  };
  return host.process?.getBuiltinModule?.("node:fs");
}
