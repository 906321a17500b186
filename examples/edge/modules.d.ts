/** What a bundler or workerd makes of the files that the worker imports. */
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
declare module "*.safetensors" {
  const bytes: ArrayBuffer;
  export default bytes;
}
declare module "*.html" {
  const text: string;
  export default text;
}
