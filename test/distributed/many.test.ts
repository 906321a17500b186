import { existsSync, readdirSync, readFileSync } from "node:fs";
import { threads, trainMany } from "lanewise/distributed";
import { describe, expect, it } from "vitest";
import { createBackend, loadModel } from "../../src/index.js";
import { Bench } from "./support.js";

/** A model for each group of a table. */

const bench = new Bench();
const line = (shop: string, i: number, y: string | number) => `${shop},${i % 7},${y}`;
const rows = [
  ...Array.from({ length: 30 }, (_, i) => line("north", i, (i % 7) * 2)),
  ...Array.from({ length: 25 }, (_, i) => line("a/b..", i, (i % 7) * -3)),
  ...Array.from({ length: 5 }, (_, i) => line("small", i, i)),
  ...Array.from({ length: 22 }, (_, i) => line("", i, i)),
  ...Array.from({ length: 24 }, (_, i) => line("North", i, (i % 7) + 1)),
  ...Array.from({ length: 21 }, (_, i) => line("odd", i, i === 3 ? "many" : i)),
];
const file = bench.file("sales.csv", `shop,x,y\n${rows.join("\n")}\n`);
const spec = {
  data: { file, target: "y", task: "regression" },
  groupBy: "shop",
  model: { layers: ["output"] },
  optimizer: { name: "adam", learningRate: 0.1 },
  fit: { epochs: 60, batchSize: 8 },
} as const;

describe("trainMany", () => {
  it("trains a model a group, and says which groups have none and why", async () => {
    const out = bench.path("models");
    const result = await trainMany(spec, { engine: bench.threads(2), out });
    expect(result.groups.map(({ group, rows, model, why }) => [group, rows, model?.rows ?? why])).toEqual([
      ["north", 30, 30],
      ["a/b..", 25, 25],
      ["small", 5, "expected at least 20 rows, got 5"],
      ["", 22, "shop is empty"],
      ["North", 24, 24],
      ["odd", 21, expect.stringMatching(/target y: expected numbers for a regression, got "many"/)],
    ]);
    const backend = await createBackend();
    const predicted = await Promise.all(
      [...result.files].map(async ([group, bytes]) => {
        const model = await loadModel(backend, bytes as Uint8Array<ArrayBuffer>);
        return [group, Math.round(model.predict([{ x: 3 }])[0])];
      }),
    );
    expect(predicted).toEqual([
      ["north", 6],
      ["a/b..", -9],
      ["North", 4],
    ]);

    const listed = JSON.parse(readFileSync(`${out}/models.json`, "utf8"));
    expect(listed.digest).toBe(result.digest);
    const files = listed.groups.flatMap((each: { file?: string }) => each.file ?? []);
    expect(files).toEqual([
      "north.safetensors",
      "a%2Fb%2e%2e.safetensors",
      expect.stringMatching(/^North-\w{12}.safetensors$/),
    ]);
    expect(readdirSync(out).sort()).toEqual([...files, "models.json"].sort());
    for (const { group, file } of listed.groups)
      if (file) expect(new Uint8Array(readFileSync(`${out}/${file}`))).toEqual(result.files.get(group));
  });

  it("has the same result on one thread, with scalar kernels", async () => {
    const [one, two] = await Promise.all([
      trainMany(spec, { engine: bench.threads(1, { variant: "scalar" }) }),
      trainMany(spec, { engine: bench.threads(2) }),
    ]);
    expect(one).toEqual(two);
  });

  it("reports a group of one class, and trains the others", async () => {
    const classes = Array.from(
      { length: 60 },
      (_, i) => `${i % 2 ? "both" : "one"},${i},${i % 4 > 1 && i % 2 ? "a" : "b"}`,
    );
    const file = bench.file("classes.csv", `group,x,y\n${classes.join("\n")}\n`);
    const { groups } = await trainMany(
      { data: { file, target: "y" }, groupBy: "group", fit: { epochs: 1 } },
      { engine: bench.threads(1) },
    );
    expect(groups.map(({ group, model }) => [group, model?.rows])).toEqual([
      ["one", undefined],
      ["both", 30],
    ]);
    expect(groups[0].why).toMatch(/expected at least 2 classes, got 1 \(b\)/);
  });

  it.each([
    [{ groupBy: undefined }, /trainMany: groupBy expected the name of a column, got undefined/],
    [{ groupBy: "y" }, /groupBy expected another column than the target, got "y"/],
    [{ leastRows: 1 }, /leastRows expected a whole number from 4 to/],
    [{ fit: { epochs: { choice: [1, 2] } } }, /fit.epochs expected a value, got one that is searched for/],
    [{ folds: 3 }, /the spec has the unknown key "folds"/],
    [
      { data: { file, target: "y", ignored: [] } },
      /data has the unknown key "ignored", did you mean ignore\?/,
    ],
  ])("refuses %o before anything runs", async (change, message) => {
    const engine = bench.threads(1);
    engine.run = () => Promise.reject(new Error("it ran"));
    await expect(trainMany({ ...spec, ...change } as never, { engine })).rejects.toThrow(message);
  });

  it("names a column that is not there, and writes nothing", async () => {
    const out = bench.path("none");
    await using engine = threads({ threads: 1 });
    await expect(trainMany({ ...spec, groupBy: "shops" }, { engine, out })).rejects.toThrow(
      /sales.csv: expected a column "shops", got none; did you mean "shop"\?/,
    );
    expect(existsSync(out)).toBe(false);
  });
});
