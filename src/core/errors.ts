/** A matrix or an array does not have the shape that the operation needs. */
export class ShapeError extends Error {
  override name = "ShapeError";
}

/** An argument's value is not one that it may have: an unknown name, a label outside the classes, NaN among the inputs ... */
export class ValueError extends Error {
  override name = "ValueError";
}

/** A matrix, model, optimizer or backend is used after its memory was given back, or disposed by one who does not own it. */
export class DisposedError extends Error {
  override name = "DisposedError";
}

/** A model is asked for something that its running fit forbids. */
export class BusyError extends Error {
  override name = "BusyError";
}

/** The linear memory cannot grow to hold what is asked. */
export class OutOfMemoryError extends Error {
  override name = "OutOfMemoryError";
}

/** This host cannot compile or run the WebAssembly module, or the module is not one of lanewise's. */
export class BackendError extends Error {
  override name = "BackendError";
}

/** A file is not of the format that it should be, or is damaged. */
export class FormatError extends Error {
  override name = "FormatError";
}
