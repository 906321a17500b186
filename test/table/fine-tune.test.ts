import { describe, expect, it } from "vitest";
import {
  createBackendSync,
  dense,
  loadModel,
  type Model,
  Sequential,
  saveModel,
  ValueError,
} from "../../src/index.js";
import {
  evaluateTable,
  readTable,
  TableError,
  type TableReport,
  type TrainTableOptions,
  trainTable,
  type ValueScores,
} from "../../src/table.js";

/** Training that goes on with a model of an earlier trainTable. */

const backend = createBackendSync();
/** y = 3 a + (red ? 10 : 0) + shift, in `rows` rows from `first` on. */
const csv = (rows: number, shift: number, first = 0) => {
  const lines = ["id,colour,a,y"];
  for (let i = first; i < first + rows; i++) {
    const [colour, a] = [["red", "green", "blue"][(i * 7) % 3], ((i * 13) % 50) + 0.5];
    lines.push(`k${i}x,${colour},${a},${3 * a + (colour === "red" ? 10 : 0) + shift}`);
  }
  return lines.join("\n");
};
const first = trainTable(backend, csv(240, 0), { target: "y" });
const train = async (source: string, options: Partial<TrainTableOptions> = {}) =>
  trainTable(backend, source, { target: "y", from: (await first).model, ...options });

describe("trainTable with from", () => {
  it("goes on from the model: few rows of another table are enough", async () => {
    const { model: before, encoding } = await first;
    const test = await readTable(csv(100, 20, 1000));
    const rmse = (model: Model) => (evaluateTable(model, test, { target: "y" }).scores as ValueScores).rmse;
    // What was learned is right but for the shift of 20.
    expect(rmse(before)).toBeGreaterThan(18);
    const recipe = { epochs: 30 };
    const { model, report } = await train(csv(24, 20, 500), { recipe });
    const anew = await trainTable(backend, csv(24, 20, 500), { target: "y", recipe });
    expect(rmse(model)).toBeLessThan(4);
    expect(rmse(model)).toBeLessThan(0.8 * rmse(anew.model));
    expect(model.encoding).toEqual(encoding);
    expect(report.recipe).toMatchObject({ hidden: [64, 64], networks: 8, epochs: 30 });
    expect(report.notes).toEqual([]);
  });

  it("begins with the very weights, also those of a model that was loaded", async () => {
    const { model: before } = await first;
    // A rate at which float32 weights stay as they are: the biases, which do not decay, show it.
    const recipe = { learningRate: 1e-30, epochs: 1 };
    const { model } = await train(csv(60, 0, 700), { recipe });
    expect(await model.weightsDigest()).toBe(await before.weightsDigest());
    const record = { colour: "red", a: 7 };
    expect(model.predict([record])).toEqual(before.predict([record]));
    const loaded = (await loadModel(backend, saveModel(before))) as Model;
    const again = await train(csv(60, 0, 700), { recipe: { epochs: 2 }, from: loaded });
    const same = await train(csv(60, 0, 700), { recipe: { epochs: 2 } });
    expect(await again.model.weightsDigest()).toBe(await same.model.weightsDigest());
    expect(await same.model.weightsDigest()).not.toBe(await before.weightsDigest());
  });

  it("reports the columns as the model has them, and warns of the table that it had learned from", async () => {
    const { report, model } = await train(csv(240, 0).replace("id,", "number,"), { recipe: { epochs: 1 } });
    const columns = ({ findings }: TableReport) =>
      findings.columns.map(({ name, kind, used }) => `${name} ${kind} ${used}`);
    expect(columns(report)).toEqual([
      "number identifier false",
      "colour category true",
      "a number true",
      "y target false",
    ]);
    expect(report.notes).toEqual([]);
    expect(model.metadata.target).toBe("y");
    const same = await train(csv(240, 0), { recipe: { epochs: 1 } });
    expect(same.report.notes).toEqual([expect.stringMatching(/had learned from this table/)]);
  });

  it("keeps classes that the table does not have, and refuses new ones", async () => {
    const rows = (classes: string[], count: number) =>
      ["x,y", ...Array.from({ length: count }, (_, i) => `${i % 30}.5,${classes[i % classes.length]}`)].join(
        "\n",
      );
    const recipe = { epochs: 2, networks: 2, hidden: [5] };
    const { model } = await trainTable(backend, rows(["a", "b", "c"], 90), { target: "y", recipe });
    const fewer = await trainTable(backend, rows(["c", "a"], 60), { target: "y", from: model });
    expect(fewer.model.labels).toEqual(["a", "b", "c"]);
    expect(fewer.report.recipe).toMatchObject({ networks: 2, hidden: [5] });
    expect(fewer.report.findings.target?.labels).toEqual(["a", "b", "c"]);
    const other = trainTable(backend, rows(["a", "d", "e"], 60), { target: "y", from: model });
    await expect(other).rejects.toThrow(TableError);
    await expect(other).rejects.toThrow(
      /line 3: target y: expected a class of the model, a, b, c, got "d" \(and 19 more such\)\n- line 4: .* got "e"/,
    );
  });

  it("says what differs", async () => {
    const { model, encoding } = await first;
    const bare = new Sequential(backend, { inputShape: 1, layers: [dense(1)] });
    const layers = new Sequential(backend, { inputShape: model.inputShape, encoding, layers: [dense(1)] });
    const named = new Sequential(backend, {
      inputShape: model.inputShape,
      encoding,
      labels: ["a", "b"],
      layers: [dense(2, { name: "net0.output" })],
    });
    const wrong: [Partial<TrainTableOptions>, RegExp][] = [
      [{ from: 7 as never }, /trainTable expected from to be a model of trainTable, got 7/],
      [{ from: bare }, /expected from to be a model of trainTable, got no encoding/],
      [{ from: named }, /expected from to be a model of trainTable, got other layers/],
      [{ from: layers }, /expected from to be a model of trainTable, got other layers/],
      [{ task: "classification" }, /expected task to be regression, as of from, got classification/],
      [{ recipe: { networks: 3 } }, /expected recipe.networks to be 8, as of from, got 3/],
      [{ recipe: { hidden: [64] } }, /expected recipe.hidden to be \[64, 64\], as of from, got \[64\]/],
      [
        { columns: { a: "category" } },
        /expected columns as the encoding of from has them, got the option columns/,
      ],
      [{ target: "a" }, /expected target to be a column that from does not read, got "a"/],
    ];
    for (const [options, message] of wrong) {
      await expect(train(csv(60, 0), options)).rejects.toThrow(message);
      await expect(train(csv(60, 0), options)).rejects.toThrow(ValueError);
    }
    await expect(train(csv(60, 0).replace("colour", "color"))).rejects.toThrow(/expected a column "colour"/);
    await expect(
      train(csv(60, 0), { recipe: { networks: 8, hidden: [64, 64], epochs: 1 } }),
    ).resolves.toBeDefined();
  });
});
