/** The notations by their names in a link. The first is that of the mathematics, which a link leaves out. */
export const notationNames = [
  "lanewise",
  "styxofsyntax",
  "zhou",
  "mehrotra",
  "answer",
  "understanding",
] as const;
export type NotationName = (typeof notationNames)[number];
