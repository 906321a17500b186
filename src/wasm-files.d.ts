/** A .wasm file as text, as tools/wasm-text.mjs makes it. */
declare module "*.wasm" {
  const text: string;
  export default text;
}

/** The one thing that is asked of Node, where there is one: its file system, without importing it. */
declare var process: { getBuiltinModule?(name: "node:fs"): { promises: { readFile(url: URL): Promise<Uint8Array<ArrayBuffer>> } } } | undefined;
