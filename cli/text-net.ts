import { dense, dropout, embedding, gru, type Layer } from "lanewise";

/** Numbers that stand for a token. */
const EMBEDDING = 64;

/** A network that reads tokens and scores each that may come next: [time] to logits, [time, tokens]. */
export function textLayers(tokens: number, hidden: readonly number[], rate: number): Layer[] {
  const memories = hidden.flatMap((units) => [
    gru(units, { returnSequences: true }),
    ...(rate > 0 ? [dropout(rate)] : []),
  ]);
  return [embedding(tokens, EMBEDDING), ...memories, dense(tokens)];
}
