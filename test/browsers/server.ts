import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** Milliseconds in which a page must have told its result. */
const TIMEOUT = 120_000;

/** What isolates a page from other origins, so that it has shared memory. */
const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

export interface PageServerOptions {
  readonly contentSecurityPolicy?: string;
  /** Whether its pages are cross-origin isolated. */
  readonly isolates?: boolean;
}

/** Serves a folder to browsers and takes what their pages report. */
export class PageServer {
  private readonly reports = new Map<string, (report: unknown) => void>();
  private visits = 0;

  private constructor(
    private readonly folder: string,
    private readonly headers: Readonly<Record<string, string>>,
    private readonly server: Server,
  ) {}

  /** On a free port of this machine. Every answer carries the policy, and what isolates, where asked for. */
  static async start(
    folder: string,
    { contentSecurityPolicy, isolates = false }: PageServerOptions = {},
  ): Promise<PageServer> {
    const server = createServer();
    const headers = {
      ...(contentSecurityPolicy && { "Content-Security-Policy": contentSecurityPolicy }),
      ...(isolates && ISOLATION),
    };
    const pages = new PageServer(folder, headers, server);
    server.on("request", (request, response) => void pages.answer(request, response));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return pages;
  }

  get address(): string {
    const address = this.server.address();
    if (address === null || typeof address === "string") throw new Error("the server does not listen");
    return `http://127.0.0.1:${address.port}`;
  }

  /**
   * Has a page opened that includes report.js, and waits for its report. @throws Error what the page reports
   * as one, or when it stays silent
   */
  async visit<Report>(open: (url: string) => Promise<unknown>, path: string): Promise<Report> {
    const id = String(++this.visits);
    let timer: NodeJS.Timeout | undefined;
    const report = new Promise<unknown>((resolve, reject) => {
      this.reports.set(id, resolve);
      timer = setTimeout(
        () => reject(new Error(`${path} has reported nothing in ${TIMEOUT / 1000} s`)),
        TIMEOUT,
      );
    });
    try {
      const [, result] = await Promise.all([open(`${this.address}/${path}?report=${id}`), report]);
      if (isFailure(result)) throw new Error(`${path}: ${result.error}`);
      return result as Report;
    } finally {
      clearTimeout(timer);
      this.reports.delete(id);
    }
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, "close");
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", this.address);
    for (const [name, value] of Object.entries(this.headers)) response.setHeader(name, value);
    if (request.method === "POST") {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      this.reports.get(searchParams.get("report") ?? "")?.(JSON.parse(Buffer.concat(parts).toString()));
      response.writeHead(204).end();
      return;
    }
    try {
      const content = await readFile(join(this.folder, normalize(decodeURIComponent(pathname))));
      response
        .writeHead(200, { "Content-Type": TYPES[extname(pathname)] ?? "application/octet-stream" })
        .end(content);
    } catch {
      response.writeHead(404).end();
    }
  }
}

const isFailure = (report: unknown): report is { error: string } =>
  typeof report === "object" && report !== null && "error" in report && typeof report.error === "string";
