import { show } from "../core/check.js";
import { ValueError } from "../core/errors.js";

/**
 * Turns text into tokens, which are whole numbers from 0, and back: a `Vocabulary`, or a tokenizer of another
 * library, such as that of `@huggingface/tokenizers`, whose `encode` gives `{ ids }`.
 */
export interface Tokenizer {
  /** The tokens of a text. */
  encode(text: string): ArrayLike<number> | { readonly ids: ArrayLike<number> };
  /** The text of tokens. */
  decode(tokens: number[]): string;
}

/** @throws ValueError */
export function checkTokenizer(who: string, tokenizer: unknown): void {
  const { encode, decode } = (tokenizer ?? {}) as Partial<Tokenizer>;
  if (typeof encode !== "function" || typeof decode !== "function")
    throw new ValueError(
      `${who} expected a tokenizer with encode and decode, such as a vocabulary, got ${show(tokenizer)}`,
    );
}

/** The tokens of a text. */
export function tokensOf(tokenizer: Tokenizer, text: string): number[] {
  const encoded = tokenizer.encode(text);
  return Array.from("ids" in encoded ? encoded.ids : encoded);
}

/**
 * The text of tokens that come one by one. What a token adds depends on those before it: words have a space
 * between them, and a character may take several tokens.
 */
export class TextWriter {
  /** The tokens that the next ones are read with, of which the text of the first `read` has been given. */
  private tokens: number[];
  private read: number;

  /** `before` is the text before, which is not given again. */
  constructor(
    private readonly tokenizer: Tokenizer,
    before: readonly number[],
  ) {
    this.tokens = [...before];
    this.read = before.length;
  }

  /**
   * What the token adds to the text. Undefined if that is nothing, as long as a character is not complete.
   */
  next(token: number): string | undefined {
    this.tokens.push(token);
    const piece = this.rest();
    // What follows padding is still read with the word before.
    if (piece === "" || piece.endsWith("\uFFFD")) return undefined;
    this.tokens = this.tokens.slice(this.read);
    this.read = this.tokens.length;
    return piece;
  }

  /** What is left of a character that has never become complete. */
  rest(): string {
    const { tokenizer, tokens, read } = this;
    const before = tokenizer.decode(tokens.slice(0, read));
    return tokenizer.decode([...tokens]).slice(before.length);
  }
}
