import { expect, it } from "vitest";
import {
  activation,
  add,
  batchNormalization,
  conv2d,
  createBackendSync,
  dense,
  dropout,
  flatten,
  input,
  Model,
  maxPool2d,
  Sequential,
} from "../../src/index.js";

/** What a model prints of itself. */
const backend = createBackendSync();

/** A skip, a layer used twice, a frozen one and two outputs. */
function make() {
  const x = input(8, { name: "pixels" });
  const h = dense(8, { activation: "relu" }).apply(x);
  const shared = dense(8, { name: "shared" });
  const y = add(shared.apply(h), shared.apply(x), h);
  const out = dense(1, { name: "price", trainable: false }).apply(dropout(0.3).apply(y));
  return new Model(backend, { inputs: x, outputs: [out, h] });
}

it("summary has the inputs, what each layer takes, and the outputs", () => {
  expect(make().summary().split("\n")).toEqual([
    "            layer               output      parameters  takes",
    "-----------------------------------------------------------------------------",
    "pixels      input               [batch, 8]",
    "0           dense(8 -> 8) relu  [batch, 8]          72  pixels",
    "shared      dense(8 -> 8)       [batch, 8]          72  0",
    "shared (2)  dense(8 -> 8)       [batch, 8]           0  pixels",
    "2           add                 [batch, 8]           0  shared, shared (2), 0",
    "3           dropout(0.3)        [batch, 8]           0  2",
    "price       dense(8 -> 1)       [batch, 1]           9  3",
    "-----------------------------------------------------------------------------",
    "outputs: price, output1 = 0",
    "144 parameters, and 9 that are not trained",
    "bytes: weights 624",
  ]);
});

it("summary of layers that follow one another has neither, whoever put them together", () => {
  const layers = [dense(3), dense(2, { name: "last" })];
  const x = input(4);
  const chain = new Sequential(backend, { inputShape: 4, layers });
  const model = new Model(backend, { inputs: x, outputs: layers[1].apply(layers[0].apply(x)) });
  expect(model.summary()).toBe(chain.summary());
  expect(chain.summary().split("\n")).toContain("last  dense(3 -> 2)  [batch, 2]           8");
});

it("summary counts the parameters of a layer whose name is the beginning of another's", () => {
  const layers = [dense(3, { name: "a" }), dense(2, { name: "a.b" })];
  const lines = new Sequential(backend, { inputShape: 4, layers }).summary().split("\n");
  expect(lines.slice(2, 4).map((line) => line.split(/ +/).at(-1))).toEqual(["15", "8"]);
});

it("plan names inputs, tensors and gradients, and takes no memory", () => {
  const model = make();
  const before = backend.memory.liveBytes;
  const lines = model.plan({ rows: 4 }).split("\n");
  expect(lines[0]).toMatch(/^\d+ bytes for 4 samples$/);
  expect(lines.find((line) => line.includes("shared: dense"))).toMatch(
    /^ +2 {2}matmul +a\d+ shared\.weight shared\.bias +a\d+ @ \d+ \+128 2-6 +scratch @ \d+ \+\d+ 2-2 shared: dense\(8 -> 8\)$/,
  );
  expect(lines).toHaveLength(2 + 1 + 7);
  expect(backend.memory.liveBytes).toBe(before);
  // The arena is as large as it says.
  model.predict(new Float32Array(4 * 8));
  expect(model.arena.bytes).toBe(Number(lines[0].split(" ")[0]));
  expect(model.plan()).toBe(lines.join("\n"));
  expect(model.plan({ training: true })).toMatch(
    /^ +\d+ {2}loss +a\d+ a\d+ +d\(price\) @ .*, d\(output1\) @ /m,
  );
  expect(model.plan({ training: true }).match(/d\(shared\.weight\)/g)).toHaveLength(2);
  expect(model.plan({ training: true })).not.toContain("d(price.weight)");
});

it("plan does not end what forward has begun", () => {
  const model = make();
  const outputs = model.forward(new Float32Array(8), { training: true });
  model.plan({ rows: 1000 });
  expect(() => model.backward(outputs)).not.toThrow();
});

/** The bytes that the first line of a plan says backward needs; undefined if it does not say. */
const neededIn = (plan: string): number | undefined => {
  const [, bytes] = /^\d+ bytes for \d+ samples?; backward needs (\d+) bytes/.exec(plan) ?? [];
  return bytes === undefined ? undefined : Number(bytes);
};

it("plan says how much of forward backward needs: inputs, outputs and what the rules read", () => {
  const layers = [dense(4, { activation: "tanh" }), dense(3)];
  const model = new Sequential(backend, { inputShape: 8, layers });
  // x, the tanh, whose output both its slope and the second layer read once more, and the outputs.
  expect(neededIn(model.plan({ training: true, rows: 5 }))).toBe(5 * (8 + 4 + 3) * 4);
  expect(neededIn(model.plan({ training: true, rows: 1 }))).toBe((8 + 4 + 3) * 4);
  expect(neededIn(model.plan({ rows: 5 }))).toBe(undefined);
});

it("plan counts values of a batch once, those of a flattened image too, and no gradients", () => {
  const model = new Sequential(backend, {
    inputShape: [6, 6, 1],
    layers: [
      conv2d(2, 3, { useBias: false }),
      batchNormalization(),
      activation("relu"),
      maxPool2d(),
      flatten(),
      dense(3),
    ],
  });
  const [x, convolved, relu, pooled, outputs] = [36, 4 * 4 * 2, 4 * 4 * 2, 2 * 2 * 2, 3];
  const moments = 2 * 2;
  expect(neededIn(model.plan({ training: true, rows: 5 }))).toBe(
    (5 * (x + convolved + relu + pooled + outputs) + moments) * 4,
  );
});

it("plan leaves out what only frozen layers have read", () => {
  const layers = [dense(16, { activation: "tanh" }).frozen(), dense(16).frozen(), dense(3)];
  const model = new Sequential(backend, { inputShape: 8, layers });
  expect(neededIn(model.plan({ training: true, rows: 5 }))).toBe(5 * (16 + 3) * 4);
});
