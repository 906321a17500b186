import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { isolation } from "./isolation.js";

/** Serves the built site with the headers that a host should give it. */

const TYPES: Record<string, string> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
};
const COMPRESSED = /^(text|application|image\/svg)/;

export interface ServedSite {
  /** With the base path, and a slash at the end. */
  readonly address: string;
  stop(): Promise<void>;
}

export interface ServeOptions {
  /** Of this machine, 0 for a free one. */
  readonly port?: number;
  /** The path that the folder is served under. */
  readonly base?: string;
  /** Whether its pages are isolated from other origins. */
  readonly isolates?: boolean;
}

/** Serves the site's folder to this machine. */
export async function serveSite(
  folder: string,
  { port = 0, base = "/", isolates = true }: ServeOptions = {},
): Promise<ServedSite> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const path = pathname.startsWith(base) ? pathname.slice(base.length) : undefined;
    void answer(response, folder, path, isolates ? isolation : {});
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server does not listen");
  return {
    address: `http://127.0.0.1:${address.port}${base}`,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function answer(
  response: ServerResponse,
  folder: string,
  path: string | undefined,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const file = path === undefined ? undefined : await fileAt(folder, decodeURIComponent(path));
  const name = file?.name ?? "404.html";
  const type = TYPES[extname(name)] ?? "application/octet-stream";
  const compressed = COMPRESSED.test(type);
  // While the site is built anew, even this page is missing.
  const content = file?.content ?? (await readFile(join(folder, "404.html")).catch(() => "Not found"));
  response.writeHead(file ? 200 : 404, {
    "Content-Type": type,
    ...headers,
    "Cache-Control": name.startsWith("assets/") ? "max-age=31536000, immutable" : "no-cache",
    ...(compressed && { "Content-Encoding": "gzip" }),
  });
  response.end(compressed ? gzipSync(content) : content);
}

/** The file of a path: itself, the page of that name, or the index of that folder. */
async function fileAt(folder: string, path: string) {
  for (const name of [path, `${path}.html`, join(path, "index.html")]) {
    const inside = normalize(name);
    if (inside.startsWith("..")) continue;
    try {
      return { name: inside, content: await readFile(join(folder, inside)) };
    } catch {
      // A folder, or not there.
    }
  }
  return undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = fileURLToPath(new URL("../out/site", import.meta.url));
  const base = process.env.BASE ?? "/";
  // Another program may have the port: then a free one does.
  const { address } = await serveSite(folder, { port: 4173, base }).catch(() => serveSite(folder, { base }));
  console.log(`${address}  (Ctrl-C ends it)`);
}
