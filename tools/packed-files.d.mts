import type { Plugin } from "esbuild";

export declare function packedModule(path: string): string;
export declare const packedFiles: Plugin;
export declare function insertPacked(code: string): string;
