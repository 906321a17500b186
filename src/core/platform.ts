/**
 * What the library uses of classes of the platform, as types of its own: a program may be compiled without
 * TypeScript's types for the DOM.
 */

/** A WebAssembly.Module. */
export type WasmModule = typeof globalThis extends {
  WebAssembly: { Module: { prototype: infer Module extends object } };
}
  ? Module
  : object;

/** An ArrayBuffer, or a view of one. */
export type Bytes = ArrayBuffer | ArrayBufferView;

/** A Response of fetch. */
export interface ResponseLike {
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  /** The bytes of the body. */
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A URL. */
export interface URLLike {
  readonly href: string;
  readonly protocol: string;
}

/** An AbortSignal. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: that is the type of AbortSignal.reason.
  readonly reason: any;
  /** Throws the reason if the signal has aborted. */
  throwIfAborted(): void;
  /** Calls a function when the signal aborts. */
  addEventListener(type: "abort", listener: () => void): void;
  /** Calls it no more. */
  removeEventListener(type: "abort", listener: () => void): void;
}
