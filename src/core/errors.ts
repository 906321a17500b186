/**
 * Names a class as a stack trace shows it, whatever a minifier calls it: Error reads the name of the
 * prototype, Node that of the class.
 */
export function named(type: { readonly prototype: Error }, name: string): void {
  type.prototype.name = name;
  Object.defineProperty(type, "name", { value: name });
}

/** A matrix or an array does not have the shape that the operation needs. */
export class ShapeError extends Error {
  static {
    named(ShapeError, "ShapeError");
  }
}

/**
 * An argument's value is not one that it may have: an unknown name, a label outside the classes, NaN among
 * the inputs ...
 */
export class ValueError extends Error {
  static {
    named(ValueError, "ValueError");
  }
}

/**
 * A matrix, model, optimizer or backend is used after its memory was given back, or disposed by one who does
 * not own it.
 */
export class DisposedError extends Error {
  static {
    named(DisposedError, "DisposedError");
  }
}

/** The linear memory cannot grow to hold what is asked. */
export class OutOfMemoryError extends Error {
  static {
    named(OutOfMemoryError, "OutOfMemoryError");
  }
}

/** This host cannot compile or run the WebAssembly module, or the module is not one of lanewise's. */
export class BackendError extends Error {
  static {
    named(BackendError, "BackendError");
  }
}

/** A file is not of the format that it should be, or is damaged. */
export class FormatError extends Error {
  static {
    named(FormatError, "FormatError");
  }
}
