/** Turns text into tokens, which are whole numbers from 0, and back. Other libraries' tokenizers fit, too. */
export interface Tokenizer {
  /** The tokens of a text. */
  encode(text: string): ArrayLike<number>;
  /** The text of tokens. */
  decode(tokens: ArrayLike<number>): string;
}
