/**
 * Names a class as a stack trace shows it, whatever a minifier calls it: Error reads the name of the
 * prototype, Node that of the class.
 */
export function named(type: { readonly prototype: Error }, name: string): void {
  type.prototype.name = name;
  Object.defineProperty(type, "name", { value: name });
}

/**
 * A matrix or an array does not have the shape that the operation needs.
 *
 * @example
 * const model = new Sequential(backend, { inputShape: 2, layers: [dense(1)] });
 * try {
 *   model.predict([[1, 2, 3]]);
 * } catch (error) {
 *   console.log(error instanceof ShapeError); // true
 * }
 */
export class ShapeError extends Error {
  static {
    named(ShapeError, "ShapeError");
  }
}

/**
 * An argument's value is not one that it may have: an unknown name, a label outside the classes, NaN among
 * the inputs ...
 *
 * @example
 * try {
 *   dense(0);
 * } catch (error) {
 *   if (error instanceof ValueError) console.log(error.message);
 *   // dense expected units to be an integer of at least 1, got 0
 * }
 */
export class ValueError extends Error {
  static {
    named(ValueError, "ValueError");
  }
}

/**
 * A matrix, model, optimizer or backend is used after its memory was given back, or disposed by one who does
 * not own it.
 *
 * @example
 * const matrix = backend.matrix(1, 1);
 * matrix.dispose();
 * try {
 *   matrix.toArray();
 * } catch (error) {
 *   console.log(error instanceof DisposedError); // true
 * }
 */
export class DisposedError extends Error {
  static {
    named(DisposedError, "DisposedError");
  }
}

/**
 * The linear memory cannot grow to hold what is asked.
 *
 * @example
 * try {
 *   backend.matrix(1e6, 1e6);
 * } catch (error) {
 *   console.log(error instanceof OutOfMemoryError); // true
 * }
 */
export class OutOfMemoryError extends Error {
  static {
    named(OutOfMemoryError, "OutOfMemoryError");
  }
}

/**
 * This host cannot compile or run the WebAssembly module, or the module is not one of lanewise's.
 *
 * @example
 * try {
 *   await createBackend({ wasm: new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)) });
 * } catch (error) {
 *   console.log(error instanceof BackendError); // true
 * }
 */
export class BackendError extends Error {
  static {
    named(BackendError, "BackendError");
  }
}

/**
 * A file is not of the format that it should be, or is damaged.
 *
 * @example
 * try {
 *   await loadModel(backend, new Uint8Array(20));
 * } catch (error) {
 *   console.log(error instanceof FormatError); // true
 * }
 */
export class FormatError extends Error {
  static {
    named(FormatError, "FormatError");
  }
}
