import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll } from "vitest";
import { fileIn } from "../support/documents.js";

const types: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript" };
const built = (name: string) => fileURLToPath(new URL(`../../dist/${name}`, import.meta.url));

/**
 * Serves the files that a page writes out, beside those of the package, as a reader has them. `others` are
 * files that the page takes for granted. Returns the address of a file.
 */
export function useFilesOf(
  page: string,
  names: readonly string[],
  others: () => Promise<Readonly<Record<string, string | Uint8Array>>> = async () => ({}),
): (name: string) => string {
  const folder = fileURLToPath(new URL(`../../out/pages/${basename(page, ".md")}`, import.meta.url));
  let server: Server;
  beforeAll(async () => {
    mkdirSync(folder, { recursive: true });
    for (const name of names) writeFileSync(join(folder, name), fileIn(page, name));
    for (const name of ["inference.js", "lanewise.js"]) copyFileSync(built(name), join(folder, name));
    for (const [name, content] of Object.entries(await others())) writeFileSync(join(folder, name), content);
    server = createServer(({ url = "" }, response) => {
      const path = join(folder, new URL(url, "http://host").pathname);
      if (!existsSync(path)) return response.writeHead(204).end();
      response.writeHead(200, { "Content-Type": types[extname(path)] ?? "application/octet-stream" });
      return response.end(readFileSync(path));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => {
    server.close();
  });
  return (name) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`;
}
