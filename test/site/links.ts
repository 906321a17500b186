import { createBackend } from "lanewise";
import { expect } from "vitest";
import { decode } from "../../site/playground/link.js";
import { lap } from "../../site/playground/race.js";

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

/** What Node ends with. */
export async function hashInNode(link: string): Promise<string | undefined> {
  const { recipe, problems } = decode(link);
  expect(problems).toEqual([]);
  return (await lap(await createBackend(), recipe)).hash;
}
