/**
 * What src/node.ts and src/node/ need of Node: its own types would bring Node's globals to the files that run
 * everywhere.
 */
declare module "node:fs" {
  interface DirectoryEntry {
    readonly name: string;
    isDirectory(): boolean;
  }

  interface Stats {
    isDirectory(): boolean;
    isFile(): boolean;
  }

  export function createReadStream(
    path: string,
    options: { highWaterMark: number },
  ): AsyncIterable<Uint8Array<ArrayBuffer>>;
  export function closeSync(file: number): void;
  export function fsyncSync(file: number): void;
  export function mkdirSync(path: string, options: { recursive: boolean }): void;
  export function openSync(path: string, flags: string): number;
  export function readFileSync(path: string): Uint8Array<ArrayBuffer>;
  export function readdirSync(path: string, options: { withFileTypes: true }): DirectoryEntry[];
  export function renameSync(from: string, to: string): void;
  export function statSync(path: string, options: { throwIfNoEntry: false }): Stats | undefined;
  export function rmSync(path: string, options: { force: boolean }): void;
  export function writeFileSync(file: number | string, content: string | Uint8Array): void;
}

declare module "node:path" {
  export function dirname(path: string): string;
  export function join(...parts: string[]): string;
  export function resolve(path: string): string;
}

declare module "node:process" {
  export const pid: number;
  export const platform: string;
}

declare module "node:zlib" {
  export function gunzipSync(bytes: Uint8Array): Uint8Array<ArrayBuffer>;
}

declare module "node:fs/promises" {
  export interface FileHandle {
    read(
      bytes: Uint8Array,
      offset: number,
      length: number,
      position: number,
    ): Promise<{ readonly bytesRead: number }>;
    stat(): Promise<{ readonly size: number; readonly mtimeMs: number }>;
    close(): Promise<void>;
  }

  export function open(path: string): Promise<FileHandle>;
  export function stat(path: string): Promise<{ readonly size: number; readonly mtimeMs: number }>;
}

declare module "node:worker_threads" {
  interface MessagePort {
    postMessage(message: unknown, transfer?: readonly ArrayBuffer[]): void;
    on(event: "message", listener: (message: never) => void): void;
  }

  export const parentPort: MessagePort | null;
  export const workerData: unknown;

  export class Worker {
    constructor(file: URL, options: { workerData: unknown; name: string });
    postMessage(message: unknown): void;
    on(event: "message", listener: (message: never) => void): void;
    on(event: "error", listener: (error: Error) => void): void;
    on(event: "exit", listener: (code: number) => void): void;
    ref(): void;
    unref(): void;
    terminate(): Promise<number>;
  }
}
