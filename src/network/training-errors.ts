import { named } from "../core/errors.js";

/** A model is asked for something that its running fit forbids. */
export class BusyError extends Error {
  static {
    named(BusyError, "BusyError");
  }
}

/** Training has come to a NaN or an infinity. The weights are still those before it. */
export class NonFiniteError extends Error {
  static {
    named(NonFiniteError, "NonFiniteError");
  }
}
