import type { WasmModule } from "./core/platform.js";

/**
 * What a .wasm file of the package is when it is imported: a WebAssembly.Module, for createBackend({ wasm }).
 */
declare const module: WasmModule;
export default module;
