import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import * as lanewise from "lanewise";
import { createBackend } from "lanewise";
import * as text from "lanewise/text";
import { expect } from "vitest";
import { loadDigitImages } from "../../site/playground/data/digit-images.js";
import { decode } from "../../site/playground/link.js";
import { lap } from "../../site/playground/race.js";
import { learnText } from "../../site/playground/text/learner.js";
import { decodeTextLink } from "../../site/playground/text/link.js";
import { threadLap } from "../../site/playground/thread-race.js";

/** Pages and recipes whose hash must be that of Node, in every engine. */
export const links = [
  ["playground/", "v=1&scene=points"],
  ["playground/", "v=1&scene=points&data=arms,300,0.05,3&net=6relu,5silu&opt=nadam&drop=0.2&epochs=60"],
  [
    "playground/",
    "v=1&scene=points&data=xor&in=x,y,xy&net=4gelu&loss=squaredError&opt=sgd&rate=0.1&epochs=60",
  ],
  ["playground/curve", "v=1&scene=curve"],
  ["playground/sphere", "v=1&scene=sphere&epochs=50"],
  ["playground/curve", "v=1&scene=curve&data=formula,200,0.05,x^2-0.5&at=3:rate:0.1;5.2:p0.1:0.5&epochs=60"],
] as const;

/** The same of models of characters. */
export const textLinks = [
  ["playground/text", "v=1&scene=text&net=gru,16,1&steps=32&epochs=2"],
  ["playground/text", "v=1&scene=text&net=transformer,16,2,2&steps=32&epochs=1&drop=0.1"],
  [
    "playground/text",
    "v=1&scene=text&data=alice&net=lstm,24,1&epochs=2&drop=0.2&at=0.9:rate:0.01;1:rate:0.002",
  ],
] as const;

/** What Node ends with, having learned a text. `own`: one that the link does not hold. */
export async function textHashInNode(link: string, own?: string): Promise<string | undefined> {
  const { recipe, problems } = decodeTextLink(link);
  expect(problems).toEqual([]);
  const { data } = recipe;
  const corpus = new URL(`../../site/playground/text/corpora/${data.name}.txt`, import.meta.url);
  const learned = data.name === "own" ? (own ?? data.text ?? "") : readFileSync(corpus, "utf8");
  return (await learnText({ lanewise, text }, await createBackend(), recipe, learned)).hash;
}

/** What Node ends with. */
export async function hashInNode(link: string): Promise<string | undefined> {
  const { recipe, problems } = decode(link);
  expect(problems).toEqual([]);
  return (await lap(await createBackend(), recipe)).hash;
}

/** What a lap of the race of threads ends with, on one thread of Node. */
export async function raceHashInNode(): Promise<string | undefined> {
  const file = new URL("../../examples/digits/data/digits.csv.gz", import.meta.url);
  await loadDigitImages(async () => new Uint8Array(await readFile(file)));
  return (await threadLap(await createBackend())).hash;
}
