import type { Numbers } from "../messages.js";
import type { Notation, Quantity } from "./notation.js";

/** A place in a matrix. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

export const isTransposed = ({ transposed }: Notation, quantity: Quantity): boolean =>
  transposed.includes(quantity);

/** The numbers of a matrix as a note lays them out. */
export function laidOut(notation: Notation, quantity: Quantity, numbers: Numbers): Numbers {
  if (!isTransposed(notation, quantity)) return numbers;
  const { rows, cols, values } = numbers;
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < cols; column++) turned[column * rows + row] = values[row * cols + column];
  return { rows: cols, cols: rows, values: turned };
}

/** The same place in the note's layout, or from there in lanewise's. */
export const placeIn = (notation: Notation, quantity: Quantity, { row, column }: Place): Place =>
  isTransposed(notation, quantity) ? { row: column, column: row } : { row, column };
