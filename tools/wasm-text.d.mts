import type { Plugin } from "esbuild";

export declare function encode(bytes: Uint8Array): string;
export declare function moduleText(path: string): string;
export declare const wasmText: Plugin;
export declare function insertTexts(code: string): string;
