import { Tokenizer } from "@huggingface/tokenizers";
import { describe, expect, it } from "vitest";
import { createBackendSync, dense, embedding, gru, Sequential } from "../../src/index.js";
import { tokensOf } from "../../src/text/tokenizer.js";
import { beamSearch, generate } from "../../src/text.js";

/** In a byte-level tokenizer.json a space is written Ġ, and the bytes of "é" are Ã and ©. */
const byteLevel = {
  version: "1.0",
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
  post_processor: null,
  decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
  model: {
    type: "BPE",
    vocab: { a: 0, c: 1, f: 2, Ġ: 3, Ã: 4, "©": 5, ca: 6, caf: 7, Ġcaf: 8 },
    merges: ["c a", "ca f", "Ġ caf"],
  },
};

/** Words and their ends: what stands within a word begins with ##. */
const wordPieces = {
  version: "1.0",
  added_tokens: [],
  normalizer: { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, lowercase: true },
  pre_tokenizer: { type: "BertPreTokenizer" },
  post_processor: null,
  decoder: { type: "WordPiece", prefix: "##", cleanup: true },
  model: {
    type: "WordPiece",
    unk_token: "[UNK]",
    continuing_subword_prefix: "##",
    max_input_chars_per_word: 100,
    vocab: { "[UNK]": 0, the: 1, cat: 2, "##s": 3, sat: 4 },
  },
};

const modelOf = (size: number) =>
  new Sequential(createBackendSync(), {
    inputShape: [8],
    seed: 4,
    layers: [embedding(size, 4), gru(6, { returnSequences: true }), dense(size)],
  });

describe("a tokenizer.json of Hugging Face, read by @huggingface/tokenizers", () => {
  it.each([
    ["byte-level pairs", byteLevel, " café caf", [8, 4, 5, 8], 9],
    ["word pieces", wordPieces, "the cats sat", [1, 2, 3, 4], 5],
  ])("of %s takes the place of a vocabulary", async (_, json, text, ids, size) => {
    const tokenizer = new Tokenizer(json, {});
    expect(tokensOf(tokenizer, text)).toEqual(ids);
    const model = modelOf(size);
    let written = "";
    const tokens: number[] = [...ids];
    const stepper = model.stepper();
    // Reference: the likeliest token after all those before, and the text of all of them at once.
    let scores: Float32Array = new Float32Array();
    for (const token of ids) scores = stepper.step([token]).slice();
    for (let i = 0; i < 6; i++) {
      tokens.push(scores.indexOf(Math.max(...scores)));
      scores = stepper.step([tokens[tokens.length - 1]]).slice();
    }
    for await (const piece of generate(model, tokenizer, { prompt: text, length: 6, temperature: 0 }))
      written += piece;
    expect(tokenizer.decode(ids) + written).toBe(tokenizer.decode(tokens));
    expect(beamSearch(model, ids, { beams: 2, length: 3 })[0].tokens).toHaveLength(3);
  });
});
