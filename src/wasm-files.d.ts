/** A .wasm file as text, as tools/wasm-text.mjs makes it. */
declare module "*.wasm" {
  const text: string;
  export default text;
}
