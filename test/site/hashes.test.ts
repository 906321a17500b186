import { readFileSync } from "node:fs";
import { createBackend } from "lanewise";
import { describe, expect, it } from "vitest";
import { Learner } from "../../site/playground/learner.js";
import { decode, HASH_DIGITS } from "../../site/playground/link.js";
import { Pacer, type Speed } from "../../site/playground/pacer.js";
import { lap } from "../../site/playground/race.js";
import type { Change } from "../../site/playground/recipe.js";

/** Runs a link at a speed, drawing whenever the run rests. Returns the hash, and the link's changes. */
async function run(link: string, speed: Speed, meanwhile?: (learner: Learner, pacer: Pacer) => void) {
  const { recipe, problems } = decode(link);
  expect(problems).toEqual([]);
  const learner = new Learner(await createBackend(), recipe);
  const pacer: Pacer = new Pacer(() => {
    if (meanwhile) meanwhile(learner, pacer);
    queueMicrotask(() => pacer.grant());
  });
  pacer.set(speed);
  await learner.run(pacer, new AbortController().signal);
  const hash = await learner.hash();
  const loss = learner.losses.at(-1);
  learner.dispose();
  return { hash, loss };
}

const links = [
  "v=1&scene=points&epochs=40",
  "v=1&scene=points&epochs=40&data=arms,300,0.05,3&net=6relu,5silu&opt=nadam&drop=0.2&l2=0.001",
  "v=1&scene=points&epochs=40&in=x,y,xy&net=4gelu&loss=squaredError&opt=sgd&rate=0.1&batch=7",
  "v=1&scene=curve&epochs=40&net=8sigmoid&opt=rmsprop",
  "v=1&scene=sphere&epochs=10",
  "v=1&scene=curve&epochs=40&at=3:rate:0.1;5.2:p0.1:0.5;40:p1.0:0.25",
  "v=1&scene=points&epochs=40&at=3:opt:sgd;5:batch:25;6.3:l2:0.01;9:batch:4;12:opt:adam;20:l2:0",
];

describe("a recipe", () => {
  it.each(links)("%s ends with the same bits at every speed, on every build", async (link) => {
    const { hash } = await run(link, { kind: "most" });
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    for (const speed of [
      { kind: "epochs", count: 1 },
      { kind: "epochs", count: 7 },
      { kind: "batches" },
    ] as const)
      expect((await run(link, speed)).hash).toBe(hash);
    for (const variant of ["scalar", "simd"] as const)
      expect((await lap(await createBackend({ variant }), decode(link).recipe)).hash).toBe(hash);
  });

  it("ends with the bits that the home page promises", async () => {
    const page = readFileSync(new URL("../../site/.vitepress/theme/HomeProof.vue", import.meta.url), "utf8");
    const [, link] = /LINK = "([^"]+)"/.exec(page) ?? [];
    const { recipe, expected } = decode(link);
    expect((await lap(await createBackend(), recipe)).hash?.slice(0, HASH_DIGITS)).toBe(expected);
  });

  it("ends with the same bits when it was paused and stepped", async () => {
    const [link] = links;
    const { hash } = await run(link, { kind: "most" });
    let rests = 0;
    const paused = await run(link, { kind: "epochs", count: 3 }, (_, pacer) => {
      rests++;
      if (rests === 4) pacer.set({ kind: "pause" });
      if (rests >= 4 && rests < 50) queueMicrotask(() => pacer.step());
      if (rests === 50) pacer.set({ kind: "epochs", count: 2 });
    });
    expect(paused.hash).toBe(hash);
  });

  it("with changes while it ran ends with the bits of the link that has them", async () => {
    const [link] = links;
    const made: string[] = [];
    let rests = 0;
    const { hash } = await run(link, { kind: "batches" }, (learner) => {
      rests++;
      const keep = (change: Promise<Change>, what: string) =>
        change.then(({ epoch, batch, value }) => made.push(`${epoch}.${batch}:${what}:${value}`));
      if (rests === 45) void keep(learner.change({ kind: "rate", value: 0.003 }), "rate");
      if (rests === 77)
        void keep(learner.change({ kind: "weight", parameter: 2, index: 5, value: 0.5 }), "p2.5");
      if (rests === 100) void keep(learner.change({ kind: "batch", value: 25 }), "batch");
      if (rests === 110) void keep(learner.change({ kind: "l2", value: 0.01 }), "l2");
      if (rests === 200) void keep(learner.change({ kind: "optimizer", value: "rmsprop" }), "opt");
    });
    const placeOf = (what: string) => made.find((change) => change.includes(`:${what}:`));
    expect(made).toHaveLength(5);
    expect(placeOf("p2.5")).toMatch(/\.[1-9]\d*:/);
    expect(placeOf("l2")).toMatch(/\.[1-9]\d*:/);
    expect(placeOf("batch")).toMatch(/\.0:/);
    expect(placeOf("opt")).toMatch(/\.0:/);
    expect((await run(link, { kind: "most" })).hash).not.toBe(hash);
    expect((await run(`${link}&at=${made.join(";")}`, { kind: "most" })).hash).toBe(hash);
  });
});

describe("the recipes that the scenes open with", () => {
  it.each([
    ["v=1&scene=points", 0.05],
    ["v=1&scene=points&data=circle", 0.02],
    ["v=1&scene=points&data=xor", 0.05],
    ["v=1&scene=points&data=moons", 0.02],
    ["v=1&scene=points&data=rings", 0.05],
    ["v=1&scene=points&data=arms", 0.05],
    ["v=1&scene=curve", 0.001],
    ["v=1&scene=curve&data=wave", 0.01],
    ["v=1&scene=curve&data=bump", 0.001],
    ["v=1&scene=sphere", 0.002],
  ])("%s is learned to a loss below %f", async (link, bound) => {
    const { loss } = await run(link, { kind: "most" });
    expect(loss).toBeLessThan(bound);
  });
});
