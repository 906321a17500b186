import type { LayerStep } from "../messages.js";

/**
 * The letters and the equations of a step, as a note writes them. A formula is text, in which ^ raises and _
 * lowers the next character or the next group in braces.
 */

/** Numbers of a step, the targets and the error. */
export type Quantity = keyof LayerStep | "t" | "e";

/** An equation and its place in the note. Without a place, it follows from the note in its letters. */
interface Equation {
  readonly text: string;
  readonly place?: string;
}

/** The equations of a step. */
export interface Equations {
  readonly z: Equation;
  readonly a: Equation;
  /** What the next layer passes back. */
  readonly g: Equation;
  readonly d: Equation;
  /** Where backpropagation starts. */
  readonly squaredError: Equation;
  readonly crossEntropy: Equation;
  readonly dw: Equation;
  readonly db: Equation;
}

export interface Notation {
  readonly title: string;
  /** As formulas, with the superscript of a layer where the note has one. */
  readonly symbols: Readonly<Record<Quantity, string>>;
  /** The letter of the activation. */
  readonly activation: string;
  /** One number of the net inputs and one of the gradient, in front of its indices. */
  readonly elements: { readonly z: string; readonly dw: string };
  /** Matrices that are the transposes of lanewise's: a note with columns has a column for each sample. */
  readonly transposed: readonly Quantity[];
  readonly equations: Equations;
  /** The letters of the counts that the first gradient is divided by. */
  readonly counts: (samples: number, outputs: number) => string;
  /** How many times as large the gradients are with the note's own scale of the squared error. */
  readonly scale?: (samples: number, outputs: number) => number;
}

/** The matrices of a note that has a column for each sample. */
export const columns: readonly Quantity[] = ["x", "w", "b", "z", "a", "t", "g", "slope", "d", "dw", "db"];
