/** A character as it is shown by itself. */
export const visible = (sign: string): string => ({ " ": "␣", "\n": "↵", "\t": "⇥" })[sign] ?? sign;

/** A character as it is read out. */
export const spoken = (sign: string): string =>
  ({
    " ": "space",
    "\n": "new line",
    "\t": "tab",
    ",": "comma",
    ".": "full stop",
    "'": "apostrophe",
    "-": "hyphen",
  })[sign] ?? sign;

export const percent = (share: number): string =>
  share >= 0.0995 ? `${Math.round(100 * share)} %` : `${(100 * share).toFixed(1)} %`;

/** Bits that a character of this probability takes: how much it surprised. */
export const bitsOf = (share: number): number => -Math.log2(Math.max(share, 1e-9));
