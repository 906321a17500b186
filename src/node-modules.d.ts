/**
 * What src/node.ts and src/node/ need of Node: its own types would bring Node's globals to the files that run
 * everywhere.
 */
declare module "node:fs" {
  interface DirectoryEntry {
    readonly name: string;
    isDirectory(): boolean;
  }

  export function closeSync(file: number): void;
  export function fsyncSync(file: number): void;
  export function mkdirSync(path: string, options: { recursive: boolean }): void;
  export function openSync(path: string, flags: string): number;
  export function readFileSync(path: string): Uint8Array<ArrayBuffer>;
  export function readdirSync(path: string, options: { withFileTypes: true }): DirectoryEntry[];
  export function renameSync(from: string, to: string): void;
  export function rmSync(path: string, options: { force: boolean }): void;
  export function writeFileSync(file: number, content: string | Uint8Array): void;
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
