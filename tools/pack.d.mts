export declare function pack(files: readonly Uint8Array[]): string;
