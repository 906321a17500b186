import { readFileSync } from "node:fs";
import { createBackend } from "lanewise";
import { beforeAll, describe, expect, it } from "vitest";
import { loadDigitImages } from "../../site/playground/data/digit-images.js";
import { Learner } from "../../site/playground/learner.js";
import { decode, encode, HASH_DIGITS } from "../../site/playground/link.js";
import { Pacer, type Speed } from "../../site/playground/pacer.js";
import { lap } from "../../site/playground/race.js";
import type { Change } from "../../site/playground/recipe.js";
import { resumed } from "../../site/playground/resumed.js";
import type { Unfinished } from "../../site/playground/unfinished.js";

const images = new URL("../../examples/digits/data/digits.csv.gz", import.meta.url);
beforeAll(() => loadDigitImages(async () => readFileSync(images)));

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
  const { epoch } = learner;
  const loss = learner.losses.at(-1);
  learner.dispose();
  return { hash, loss, epoch };
}

const links = [
  "v=1&scene=points&epochs=40",
  "v=1&scene=points&epochs=40&data=arms,300,0.05,3&net=6relu,5silu&opt=nadam&drop=0.2&l2=0.001",
  "v=1&scene=points&epochs=40&in=x,y,xy&net=4gelu&loss=squaredError&opt=sgd&rate=0.1&batch=7",
  "v=1&scene=curve&epochs=40&net=8sigmoid&opt=rmsprop",
  "v=1&scene=sphere&epochs=10",
  "v=1&scene=points&data=moons,60,0.3,1&rate=0.03&stop=5",
  "v=1&scene=curve&epochs=40&at=3:rate:0.1;5.2:p0.1:0.5;40:p1.0:0.25",
  "v=1&scene=points&data=moons,60,0.3,1&rate=0.03&stop=5&at=1:opt:adamw;2:batch:4;3.2:l2:0.001",
  "v=1&scene=digits&epochs=2&conv=4relu,3tanh&net=12elu&drop=0.1&at=0.30:l2:0.1;1:opt:sgd",
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

  it("that stops early ends with the bits of one with so many epochs", async () => {
    const link = "v=1&scene=points&data=moons,60,0.3,1&rate=0.03&at=2:rate:0.02";
    const { hash, epoch } = await run(`${link}&stop=5`, { kind: "epochs", count: 3 });
    expect(epoch).toBeGreaterThan(5);
    expect(epoch).toBeLessThan(500);
    expect((await run(`${link}&epochs=${epoch}`, { kind: "most" })).hash).toBe(hash);
  });

  it("has a change that was asked for while it stopped early", async () => {
    const link = "v=1&scene=points&data=moons,60,0.3,1&rate=0.03&stop=5";
    let made = "";
    let asked = false;
    const changed = await run(link, { kind: "most" }, (learner) => {
      if (learner.epoch === 0 || asked) return;
      asked = true;
      // The last segment runs by now.
      queueMicrotask(() =>
        queueMicrotask(async () => {
          const { epoch, batch } = await learner.change({
            kind: "weight",
            parameter: 0,
            index: 0,
            value: 0.5,
          });
          made = `${epoch}.${batch}:p0.0:0.5`;
        }),
      );
    });
    expect(made).not.toBe("");
    expect((await run(`${link}&at=${made}`, { kind: "epochs", count: 1 })).hash).toBe(changed.hash);
  });

  it("does all its epochs where there is no test to stop by", async () => {
    const link = "v=1&scene=points&data=clouds,60,0.1,1&epochs=30&test=0";
    const { hash, epoch } = await run(`${link}&stop=1`, { kind: "most" });
    expect(epoch).toBe(30);
    expect(hash).toBe((await run(link, { kind: "most" })).hash);
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

describe("a run that was left", () => {
  /** What is kept of a link's run when it rests for the time `rests`, going batch by batch. */
  async function leave(link: string, rests: number): Promise<Unfinished> {
    const { recipe } = decode(link);
    const learner = new Learner(await createBackend(), recipe);
    const end = new AbortController();
    let kept: Unfinished | undefined;
    let rested = 0;
    const pacer: Pacer = new Pacer(() => {
      if (++rested === rests) {
        const { batch, recipeSoFar, waitingChanges: waiting } = learner;
        const checkpoint = learner.checkpoint();
        kept = { link: encode(recipeSoFar), batch, seconds: 1, checkpoint, waiting };
        end.abort();
      }
      queueMicrotask(() => pacer.grant());
    });
    pacer.set({ kind: "batches" });
    await expect(learner.run(pacer, end.signal)).rejects.toThrow();
    learner.dispose();
    if (!kept) throw new Error("the run ended before it was left");
    return kept;
  }

  /** Goes on with it to the end of the link's recipe. */
  async function goOn(link: string, left: Unfinished) {
    const backend = await createBackend();
    const { recipe } = decode(link);
    const begun = resumed(backend, recipe, left);
    if (!begun) return undefined;
    const learner = new Learner(backend, recipe, begun);
    const pacer: Pacer = new Pacer(() => queueMicrotask(() => pacer.grant()));
    pacer.set({ kind: "epochs", count: 4 });
    await learner.run(pacer, new AbortController().signal);
    const result = { hash: await learner.hash(), losses: learner.losses.length };
    learner.dispose();
    return result;
  }

  it.each(
    // In the middle of an epoch and, where an epoch has 15 or 30 batches, between two.
    links.flatMap((link) => [[23, link] as const, [31, link] as const]),
  )("after %i batches ends with the bits of one that was not: %s", async (rests, link) => {
    const whole = await run(link, { kind: "most" });
    const ended = await goOn(link, await leave(link, rests));
    expect(ended).toEqual({ hash: whole.hash, losses: whole.epoch });
  });

  it.each([
    // An epoch has 5 batches, and then 12: the optimizer has changed and nothing has used it yet.
    [6, "v=1&scene=points&data=moons,60,0.3,1&epochs=9&at=1:opt:sgd;1:rate:0.1"],
    [6, "v=1&scene=points&data=moons,60,0.3,1&epochs=9&at=1:opt:adamw;1:opt:adam"],
    [11, "v=1&scene=points&data=moons,60,0.3,1&epochs=9&at=1:batch:4;1:opt:sgd;2:l2:0.1"],
    [19, "v=1&scene=points&data=moons,60,0.3,1&epochs=9&at=1:batch:4;1:opt:sgd;2:l2:0.1;5:l2:0.2"],
  ])("after %i batches goes on with what had changed: %s", async (rests, link) => {
    const whole = await run(link, { kind: "most" });
    const ended = await goOn(link, await leave(link, rests));
    expect(ended).toEqual({ hash: whole.hash, losses: whole.epoch });
  });

  it("is kept with an optimizer that was chosen while it paused", async () => {
    const link = "v=1&scene=points&data=moons,60,0.3,1&epochs=9";
    const learner = new Learner(await createBackend(), decode(link).recipe);
    const end = new AbortController();
    const pacer: Pacer = new Pacer(() => {
      if (learner.epoch === 0) queueMicrotask(() => pacer.step());
      else end.abort();
    });
    const paused = new Promise((resolve) => end.signal.addEventListener("abort", resolve));
    const over = learner.run(pacer, end.signal).catch(() => {});
    await paused;
    await learner.change({ kind: "optimizer", value: "sgd" });
    const { batch, recipeSoFar, waitingChanges: waiting } = learner;
    const checkpoint = learner.checkpoint();
    const left = { link: encode(recipeSoFar), batch, seconds: 1, checkpoint, waiting };
    pacer.set({ kind: "most" });
    await over;
    const changed = `${link}&at=1:opt:sgd`;
    expect((await goOn(changed, left))?.hash).toBe((await run(changed, { kind: "most" })).hash);
  });

  it("is not gone on with where another recipe, or another change, is asked for", async () => {
    const [link] = links;
    const left = await leave(link, 100);
    expect(await goOn(`${link}&seed=8`, left)).toBeUndefined();
    expect(await goOn(`${link}&at=1:rate:0.1`, left)).toBeUndefined();
    // A change that is still to come is no other run so far.
    const later = `${link}&at=30:rate:0.1`;
    expect((await goOn(later, left))?.hash).toBe((await run(later, { kind: "most" })).hash);
  });

  it("is begun anew where what was kept is damaged", async () => {
    const [link] = links;
    const left = await leave(link, 100);
    for (let at = 0; at < left.checkpoint.length; at += 997) {
      const checkpoint = left.checkpoint.slice();
      checkpoint[at] ^= 8;
      expect(await goOn(link, { ...left, checkpoint })).toBeUndefined();
    }
    const half = left.checkpoint.slice(0, left.checkpoint.length / 2);
    for (const damaged of [{}, null, "text", { ...left, checkpoint: half }, { ...left, batch: "1" }])
      expect(await goOn(link, damaged as Unfinished)).toBeUndefined();
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
