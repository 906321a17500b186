export interface Kernel {
  readonly name: string;
  /** With their types in WebAssembly: "usize" for an address, "i32", "f32" ... */
  readonly parameters: readonly { readonly name: string; readonly type: string }[];
  readonly result: string;
}
export declare function kernelsIn(declarations: string): Kernel[];
export declare function writeKernels(from: string, to: string): void;
