import { FormatError } from "../core/errors.js";

/** Two tokens that become one. */
export type Merge = readonly [left: number, right: number];

const BYTES = 256;
/** Merges stay within a word with the space before it, or within spaces. */
const PIECES = / ?[^\s]+|\s+/g;

const encoder = /* @__PURE__ */ new TextEncoder();
const decoder = /* @__PURE__ */ new TextDecoder();

/**
 * Tokens of bytes and of pairs that were merged (Sennrich, Haddow and Birch 2016, on bytes as in Radford and
 * others 2019): 0 to 255 are the bytes, token 256 + i is the i-th merge. Every text has tokens.
 */
export class BytePairs {
  /** The number of tokens. */
  readonly size: number;
  /** The token of a pair, by left * size + right. */
  private readonly ranks = new Map<number, number>();
  private readonly bytes: Uint8Array[];
  private readonly known = new Map<string, readonly number[]>();

  /** @throws FormatError for a merge of tokens that are not there yet */
  constructor(merges: readonly Merge[]) {
    this.size = BYTES + merges.length;
    this.bytes = Array.from({ length: BYTES }, (_, byte) => Uint8Array.of(byte));
    for (const [left, right] of merges) {
      const [a, b] = [this.bytes[left], this.bytes[right]];
      if (!a || !b)
        throw new FormatError(
          `a vocabulary of byte pairs expected merge ${this.bytes.length - BYTES} to join tokens below ${this.bytes.length}, got ${left} and ${right}`,
        );
      this.ranks.set(left * this.size + right, this.bytes.length);
      this.bytes.push(Uint8Array.of(...a, ...b));
    }
  }

  encode(text: string): number[] {
    return (text.match(PIECES) ?? []).flatMap((piece) => this.encodePiece(piece));
  }

  decode(tokens: readonly number[]): string {
    return decoder.decode(Uint8Array.from(tokens.flatMap((token) => [...this.bytes[token]])));
  }

  /** The merges in the order in which they were learned, wherever they fit. */
  private encodePiece(piece: string): readonly number[] {
    const known = this.known.get(piece);
    if (known) return known;
    const tokens = [...encoder.encode(piece)];
    for (;;) {
      let best = Number.POSITIVE_INFINITY;
      for (let i = 0; i + 1 < tokens.length; i++)
        best = Math.min(best, this.ranks.get(tokens[i] * this.size + tokens[i + 1]) ?? best);
      if (best === Number.POSITIVE_INFINITY) break;
      for (let i = 0; i + 1 < tokens.length; i++)
        if (this.ranks.get(tokens[i] * this.size + tokens[i + 1]) === best) tokens.splice(i, 2, best);
    }
    this.known.set(piece, tokens);
    return tokens;
  }
}

/** A piece of the text as tokens, and how often it occurs. */
interface Piece {
  tokens: number[];
  readonly count: number;
}

/**
 * Learns merges from a text: again and again the pair that occurs most often, of several the one of the
 * smallest tokens, until there are `size` tokens or no pair occurs twice.
 */
export function learnMerges(text: string, size: number): Merge[] {
  const counts = new Map<string, number>();
  for (const piece of text.match(PIECES) ?? []) counts.set(piece, (counts.get(piece) ?? 0) + 1);
  const pieces: Piece[] = [...counts].map(([piece, count]) => ({
    tokens: [...encoder.encode(piece)],
    count,
  }));
  // How often each pair occurs, and in which pieces: a merge changes those alone.
  const pairs = new Map<number, { count: number; readonly pieces: Set<Piece> }>();
  const note = (piece: Piece, sign: 1 | -1): void => {
    const { tokens, count } = piece;
    for (let i = 0; i + 1 < tokens.length; i++) {
      const key = tokens[i] * size + tokens[i + 1];
      const pair = pairs.get(key) ?? { count: 0, pieces: new Set<Piece>() };
      pair.count += sign * count;
      if (sign > 0) pair.pieces.add(piece);
      pairs.set(key, pair);
    }
  };
  for (const piece of pieces) note(piece, 1);
  const merges: Merge[] = [];
  for (let token = BYTES; token < size; token++) {
    let best = -1;
    let most = 1;
    for (const [key, { count }] of pairs)
      if (count > most || (count === most && best >= 0 && key < best)) [best, most] = [key, count];
    if (best < 0) break;
    const [left, right] = [Math.floor(best / size), best % size];
    merges.push([left, right]);
    for (const piece of pairs.get(best)?.pieces ?? []) {
      note(piece, -1);
      const { tokens } = piece;
      for (let i = 0; i + 1 < tokens.length; i++)
        if (tokens[i] === left && tokens[i + 1] === right) tokens.splice(i, 2, token);
      note(piece, 1);
    }
    pairs.delete(best);
  }
  return merges;
}
