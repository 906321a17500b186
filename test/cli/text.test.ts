import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  createBackendSync,
  dense,
  embedding,
  gru,
  loadModel,
  Sequential,
  saveModel,
} from "../../src/index.js";
import { generate, vocabularyFrom, wordVocabulary } from "../../src/text.js";
import { Random } from "../support/random.js";
import { table, Workplace } from "./program.js";

const place = new Workplace();
const random = new Random(5);
const names = ["Ada", "Zoë", "Karl"];
const verbs = ["sees", "hears", "likes"];
const pick = (words: readonly string[]): string => words[random.integer(words.length)];

/** Sentences of ten words, which a small network learns within seconds. */
const sentences = Array.from({ length: 320 }, () => `${pick(names)} ${pick(verbs)} ${pick(names)}.`);
const text = sentences.map((line, i) => `${line}${i % 8 === 7 ? "\n" : " "}`).join("");
place.file("book.txt", text);

const quick = ["--hidden", "16", "--window", "32", "--epochs", "3", "--force"];
const trained = ["train", "book.txt", "--hidden", "32", "--window", "32", "--epochs", "30", "--seed", "2"];
const first = place.run(...trained, "--out", "book.safetensors");
const write = (...words: string[]) => place.run("generate", "book.safetensors", ...words);
const backend = createBackendSync();

describe("lanewise train on a text", () => {
  it("says what it learns from, by what, how well, and writes on", () => {
    const { status, out, error } = first;
    expect(status).toBe(0);
    expect(out).toMatch(/^text: [\d,]+ characters, 1\d different characters\n/);
    expect(out).toMatch(
      /\nnetwork: an embedding and a GRU of 32 units, [\d,]+ parameters; \S+ build\n[\d,]+ characters to learn from, in windows of 32 tokens, the last \d+ held out; at most 30 passes\n/,
    );
    const [, bits, baseline] =
      /\n(\d\.\d{3}) bits a character on \d+ held-out characters, which also chose pass \d+ of \d+; (\d\.\d{3}) by how often/.exec(
        out,
      ) ?? [];
    // Three words of three are 4.75 bits in about 14 characters; the network needs some for where words end.
    expect(Number(bits)).toBeLessThan(0.7);
    expect(Number(baseline)).toBeGreaterThan(3.5);
    expect(out).toMatch(/\n {2}(Ada|Zoë|Karl) .*\n/);
    expect(out).toMatch(/ s; wrote book\.safetensors, [\d,]+ bytes\n$/);
    expect(error).toMatch(
      /^pass 1: \d\.\d{3} bits a character, held out \d\.\d{3}; [\d,]+ tokens\/s, \d+ s left at most\n\n {2}\S/,
    );
  });

  it("has bits of held-out characters as the model gives them, with half a window before each or more", async () => {
    const { scores } = place.json(...trained, "--out", "again.safetensors", "--force");
    const model = await loadModel(backend, readFileSync(place.path("again.safetensors")));
    const tokens = vocabularyFrom(model.metadata.vocabulary).encode(text);
    const [window, half] = [32, 16];
    const border = tokens.length - Math.floor(0.1 * tokens.length);
    let [nats, count] = [0, 0];
    for (let start = border; start + window < tokens.length; start += half) {
      const logits = model.predict([tokens.slice(start, start + window)]);
      const size = logits.length / window;
      for (let at = half; at < window; at++, count++) {
        const own = logits.subarray(at * size, (at + 1) * size);
        const top = Math.max(...own);
        const sum = own.reduce((all, logit) => all + Math.exp(logit - top), 0);
        nats += Math.log(sum) + top - own[tokens[start + at + 1]];
      }
    }
    expect(scores.characters).toBe(count);
    expect(scores.bitsPerCharacter).toBeCloseTo(nats / count / Math.LN2, 4);
    const counts = new Map<string, number>();
    const learned = [...text].slice(0, border);
    for (const sign of learned) counts.set(sign, (counts.get(sign) ?? 0) + 1);
    const all = learned.length + counts.size + 1;
    const scored = [...text].slice(border + 1 + half, border + 1 + half + count);
    const guess = scored.reduce((sum, sign) => sum + Math.log2(all / ((counts.get(sign) ?? 0) + 1)), 0);
    expect(scores.baseline.bitsPerCharacter).toBeCloseTo(guess / count, 10);
  });

  it("writes the same file for the same seed, on the scalar and the SIMD build, and its hash", () => {
    const train = (out: string, ...more: string[]) => {
      const { sha256 } = place.json("train", "book.txt", ...quick, "--out", out, ...more);
      return { sha256, file: readFileSync(place.path(out)) };
    };
    const simd = train("simd.safetensors", "--variant", "simd");
    const scalar = train("scalar.safetensors", "--variant", "scalar");
    expect(scalar.file.equals(simd.file)).toBe(true);
    expect(scalar.sha256).toBe(simd.sha256);
    expect(train("other.safetensors", "--seed", "9").sha256).not.toBe(simd.sha256);
  });

  it("prints one JSON object with --json", () => {
    const { out, error } = place.run("train", "book.txt", ...quick, "--json");
    expect(JSON.parse(out)).toMatchObject({
      task: "text",
      tokens: "characters",
      window: 32,
      epochs: 3,
      scores: { bitsPerCharacter: expect.any(Number), baseline: {} },
      sample: expect.any(String),
      model: "model.safetensors",
    });
    expect(error).toContain("text: ");
  });

  it("knows text by its name or by what is in it, and takes a table and what --target is given for one", () => {
    place.file("notes", text);
    place.file("story.log", gzipSync(text));
    place.file("t.txt", readFileSync(table("iris")));
    const { out } = place.run("train", "notes", ...quick);
    expect(out).toContain("an embedding and a GRU");
    expect(place.run("train", "story.log", "--tokens", "characters", ...quick).out).toContain("a GRU");
    expect(place.run("train", "t.txt").error).toContain("train expected --target, one of the columns sepal");
    const words = ["train", "t.txt", "--target", "species", "--epochs", "1", "--networks", "1"];
    expect(place.run(...words, "--folds", "0", "--force").status).toBe(0);
  });

  it("reads UTF-16 by its mark, other encodings by --encoding, and ends lines by \\n", () => {
    const lines = text.replaceAll("\n", "\r\n");
    place.file("wide.txt", Buffer.from(`\ufeff${lines}`, "utf16le"));
    place.file("latin.txt", Buffer.from(lines, "latin1"));
    const hash = (...words: string[]) => place.json("train", ...words, ...quick).sha256;
    const plain = hash("book.txt");
    expect(hash("wide.txt")).toBe(plain);
    expect(hash("latin.txt", "--encoding", "windows-1252")).toBe(plain);
    expect(place.run("train", "latin.txt", ...quick)).toMatchObject({
      status: 1,
      error:
        "latin.txt: expected text in utf-8, got bytes that are none; --encoding names another encoding, such as windows-1252\n",
    });
  });

  it("learns byte pairs, whose bits are a character, too", () => {
    const words = [...trained, "--tokens", "byte-pairs", "--epochs", "20", "--window", "12", "--force"];
    const { scores, tokens } = place.json(...words, "--out", "pairs.safetensors");
    expect(tokens).toBe("bytePairs");
    expect(scores.bitsPerCharacter).toBeLessThan(0.9);
    const { out } = place.run("generate", "pairs.safetensors", "--prompt", "Zoë ☃", "--length", "40");
    expect(out).toMatch(/^Zoë ☃[^\uFFFD]*\n$/);
  });

  it("--from goes on from a model, with its vocabulary and windows, and says what that lacks", () => {
    const { scores } = place.json("train", "book.txt", ...quick, "--out", "start.safetensors");
    place.file("more.txt", `${text}Ωλ`);
    const from = ["train", "more.txt", "--epochs", "2", "--from", "start.safetensors", "--force"];
    const { error, out } = place.run(...from, "--json");
    expect(error).toContain('left out, since start.safetensors does not know them: "Ω", "λ"\n');
    expect(JSON.parse(out).scores.bitsPerCharacter).toBeLessThan(scores.bitsPerCharacter);
    expect(place.run(...from, "--hidden", "8").error).toContain(
      "--hidden is decided by --from start.safetensors: leave it out",
    );
  });

  it("--minutes ends it in time, and --validation 0 holds nothing out", () => {
    const words = ["train", "book.txt", "--hidden", "8", "--minutes", "0.02", "--validation", "0", "--force"];
    const { out, status } = place.run(...words);
    expect(status).toBe(0);
    expect(out).toContain("; at most 0.02 minutes\n");
    expect(out).toContain("nothing was held out: no score");
  });

  it("keeps the best when it is interrupted", async () => {
    const words = ["train", "book.txt", "--hidden", "16", "--window", "32", "--out", "cut.safetensors"];
    const child = place.start(...words);
    let said = "";
    child.stderr?.setEncoding("utf8").on("data", (part) => {
      if (said === "") child.kill("SIGINT");
      said += part;
    });
    const [code] = await once(child, "exit");
    expect(code).toBe(130);
    expect(existsSync(place.path("cut.safetensors"))).toBe(true);
    expect(place.run("generate", "cut.safetensors", "--length", "5").status).toBe(0);
  });

  it.each<[words: string[], message: string | RegExp]>([
    [["short.txt"], "short.txt: expected a text of at least 1,000 characters, got 5\n"],
    [["book.txt", "--window", "4000"], /^book\.txt: expected a text with windows of 4000 tokens in what is /],
    [["none.txt", "--tokens", "characters"], "none.txt: no such file\n"],
    [
      ["book.txt", "--from", "odd.safetensors"],
      /^odd\.safetensors: expected a model of text, which has a voc/,
    ],
  ])("%j ends with 1 and why", (words, message) => {
    place.file("short.txt", "short");
    const plain = new Sequential(backend, { inputShape: 2, layers: [dense(1)] });
    place.file("odd.safetensors", saveModel(plain));
    const { status, error } = place.run("train", ...words);
    expect(error).toMatch(message);
    expect(status).toBe(1);
  });
});

describe("lanewise evaluate with a model of text", () => {
  it("has the bits a character that train found on what it held out", () => {
    const { scores } = place.json(...trained, "--out", "again.safetensors", "--force");
    const signs = [...text];
    place.file("end.txt", signs.slice(signs.length - Math.floor(0.1 * signs.length)).join(""));
    const found = place.json("evaluate", "again.safetensors", "end.txt");
    expect(found.scores.characters).toBe(scores.characters);
    expect(found.scores.bitsPerCharacter).toBeCloseTo(scores.bitsPerCharacter, 6);
    place.file("odd.txt", `${text}☃`);
    const { out, error } = place.run("evaluate", "again.safetensors", "odd.txt");
    expect(error).toBe('left out, since again.safetensors does not know them: "☃"\n');
    expect(out).toMatch(
      /^\d\.\d{3} bits a character on [\d,]+ characters; \d\.\d{3} by how often each occurs/,
    );
    place.file("few.txt", "Ada");
    expect(place.run("evaluate", "again.safetensors", "few.txt").error).toBe(
      "few.txt: expected a text of more than 32 tokens, got less\n",
    );
  });
});

describe("lanewise generate", () => {
  it("writes the prompt and what the library writes, the same for a seed", async () => {
    const model = await loadModel(backend, readFileSync(place.path("book.safetensors")));
    const vocabulary = vocabularyFrom(model.metadata.vocabulary);
    let written = "Zoë ";
    const how = { prompt: written, length: 60, temperature: 0.5, topK: 5, topP: 0.9, seed: 4 };
    for await (const piece of generate(model, vocabulary, how)) written += piece;
    const words = "--length 60 --temperature 0.5 --top-k 5 --top-p 0.9 --seed 4".split(" ");
    const { out, error } = write("--prompt", "Zoë ", ...words);
    expect([out.trimEnd(), error]).toEqual([written.trimEnd(), ""]);
    expect(write("--prompt", "Zoë ", ...words).out).toBe(out);
    expect(write("--prompt", "Zoë ", ...words.slice(0, -1), "5").out).not.toBe(out);
    const { text: inJson } = JSON.parse(write("--prompt", "Zoë ", ...words, "--json").out);
    expect(inJson).toBe(written);
  });

  it("begins with words of the text where there is no prompt", () => {
    const { out } = write("--length", "20", "--temperature", "0");
    expect(out).toMatch(/^(Ada|Zoë|Karl) /);
    expect(out.endsWith("\n")).toBe(true);
  });

  it("leaves unknown characters of the prompt out, and says so", () => {
    const { out, error, status } = write("--prompt", "Ada☃ seesπ", "--length", "5");
    expect(status).toBe(0);
    expect(out).toMatch(/^Ada sees/);
    expect(error).toBe('left out of the prompt, since book.safetensors does not know them: "☃", "π"\n');
    expect(write("--prompt", "☃").error).toContain(
      "--prompt expected text that book.safetensors knows, got none (lanewise generate --help",
    );
  });

  it("writes with a model of words of a program, with spaces between them", () => {
    const vocabulary = wordVocabulary(["the cat sat, the dog ran."]);
    const layers = [embedding(vocabulary.size, 4), gru(4, { returnSequences: true }), dense(vocabulary.size)];
    const metadata = { vocabulary: JSON.stringify(vocabulary) };
    const model = new Sequential(backend, { inputShape: [8], seed: 1, layers, metadata });
    place.file("words.safetensors", saveModel(model));
    const words = ["generate", "words.safetensors", "--prompt", "the bird", "--length", "12"];
    const { out, error } = place.run(...words);
    expect(error).toContain('unknown in the prompt, since words.safetensors does not know them: "bird"');
    expect(out).toMatch(/^the bird( (the|cat|sat|dog|ran|\uFFFD)|[,.])+\n$/);
    expect(place.run("generate", "words.safetensors").error).toContain(
      "--prompt expected what the text begins with, which words.safetensors does not say",
    );
  });

  it("is what other commands refer to for a model of text", () => {
    expect(place.run("predict", "book.safetensors", table("iris"))).toMatchObject({
      status: 1,
      error:
        "book.safetensors: expected a model of tables or images, got one of text; lanewise generate writes with it\n",
    });
    expect(place.run("info", "book.safetensors").out).toMatch(
      /vocabulary +kind characters, tokens 1\d entries\n/,
    );
  });
});
