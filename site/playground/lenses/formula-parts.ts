/** A piece of a formula, and the element that shows it. */
export interface FormulaPart {
  readonly tag: "i" | "span" | "sup" | "sub";
  readonly text: string;
}

const PART = /([\^_])(?:\{([^}]*)\}|(.))|([\p{L}]+)|([^^_\p{L}]+)/gu;

/** ^ raises and _ lowers the character behind it, or what is in braces. */
export const partsOf = (formula: string): readonly FormulaPart[] =>
  [...formula.matchAll(PART)].map(([, script, group, single, letters, rest]) => {
    if (script) return { tag: script === "^" ? "sup" : "sub", text: group ?? single };
    return letters ? { tag: "i", text: letters } : { tag: "span", text: rest };
  });
