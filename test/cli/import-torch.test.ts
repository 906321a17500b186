import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { writeSafetensors } from "../../src/files/safetensors.js";
import { Workplace } from "./program.js";

const place = new Workplace();
const lines = (text: string) => text.trim().split("\n");
const imported = (name: string, file: Uint8Array | string, ...options: string[]) => {
  place.file(name, file);
  const outcome = place.run("import", name, "--out", `${name}.safetensors`, ...options);
  if (outcome.status !== 0) throw new Error(outcome.error);
  return `${name}.safetensors`;
};
const values = (shape: number[], ...numbers: number[]) => ({ shape, values: Float32Array.from(numbers) });

place.file("t.csv", "a,b\n1,2\n3,-1\n");

describe("import of a state_dict", () => {
  const affine = (name: string, units: number, inputs: number, fill: number) => [
    { name: `${name}.weight`, ...values([units, inputs], ...new Array(units * inputs).fill(fill)) },
    { name: `${name}.bias`, ...values([units], ...new Array(units).fill(0)) },
  ];

  it("orders modules without numbers by their shapes, and keeps their names", () => {
    const file = writeSafetensors([
      ...affine("head", 1, 3, 1),
      ...affine("fc_in", 4, 2, 1),
      ...affine("hidden", 3, 4, 1),
    ]);
    const model = imported("named.st", file, "--activations", "relu,relu,linear");
    expect(lines(place.run("predict", model, "t.csv").out)).toEqual(["prediction", "36", "24"]);
    place.run("export", model, "--torch", "again.st");
    expect(readFileSync(place.path("again.st"))).toEqual(Buffer.from(file));
  });

  it("refuses layers of one size with the orders that are possible, until --order says one", () => {
    const square = [...affine("b", 2, 2, 1), ...affine("a", 2, 2, 2), ...affine("head", 1, 2, 1)];
    place.file("square.st", writeSafetensors(square));
    const words = ["import", "square.st", "--activations", "tanh,relu,linear"];
    const refused = place.run(...words);
    expect(refused.status).toBe(2);
    expect(refused.error).toContain(
      "--order expected the order of the layers a [2, 2], b [2, 2], head [1, 2], whose shapes allow a,b,head or b,a,head",
    );
    expect(place.run(...words, "--order", "b,a,head", "--out", "square.safetensors").status).toBe(0);
    // tanh(1 + 2) times 4, twice; a first would give less.
    const [, y] = lines(place.run("predict", "square.safetensors", "t.csv").out);
    expect(Number(y)).toBeCloseTo(8 * Math.tanh(3), 5);
    expect(place.run(...words, "--order", "b,head").error).toContain("--order expected each of a [2, 2]");
    expect(place.run(...words, "--order", "head,a,b").error).toContain(
      "--order expected layers that go together: head gives 1 outputs, a takes 2",
    );
  });

  const norm = (name: string) => [
    { name: `${name}.weight`, ...values([2], 2, 1) },
    { name: `${name}.bias`, ...values([2], 1, 0) },
    { name: `${name}.running_mean`, ...values([2], 3, 0) },
    { name: `${name}.running_var`, ...values([2], 0.25 - 1e-5, 1 - 1e-5) },
    { name: `${name}.num_batches_tracked`, ...values([], 5) },
  ];
  const identity = [{ name: "0.weight", ...values([2, 2], 1, 0, 0, 1) }];
  const sum = (name: string) => ({ name: `${name}.weight`, ...values([1, 2], 1, 1) });

  it("takes a BatchNorm1d, whose activation comes after it where the numbers leave no room before", () => {
    const direct = imported(
      "direct.st",
      writeSafetensors([...identity, ...norm("1"), sum("3")]),
      "--activations",
      "relu,linear",
    );
    // relu(2 (a - 3) / 0.5 + 1) + relu(b)
    expect(
      lines(place.run("predict", direct, "t.csv").out)
        .slice(1)
        .map(Number),
    ).toEqual([2, 1].map((y) => expect.closeTo(y, 3)));
    const after = imported(
      "after.st",
      writeSafetensors([...identity, ...norm("2"), sum("3")]),
      "--activations",
      "relu,linear",
    );
    expect(
      lines(place.run("predict", after, "t.csv").out)
        .slice(1)
        .map(Number),
    ).toEqual([-7 + 2, 1].map((y) => expect.closeTo(y, 3)));
    place.file("said.st", writeSafetensors([...identity, ...norm("2"), sum("3")]));
    expect(place.run("import", "said.st", "--activations", "relu,linear").error).toContain(
      "2 is a BatchNorm1d and became a scaling, with PyTorch's epsilon of 0.00001",
    );
  });

  it("takes an activation for every module, and says where it put one that it had to place", () => {
    const first = [{ ...identity[0], name: "fc1.weight" }];
    const file = writeSafetensors([...first, ...norm("bn1"), sum("out")]);
    place.file("named-norm.st", file);
    const order = ["--order", "fc1,bn1,out", "--out", "named-norm.safetensors"];
    const placed = place.run("import", "named-norm.st", ...order, "--activations", "relu,linear");
    expect(placed.error).toContain(
      "relu was put after bn1; to put it elsewhere, give --activations for all modules",
    );
    expect(place.run("import", "named-norm.st", ...order, "--activations", "relu,linear,linear").status).toBe(
      0,
    );
    expect(
      lines(place.run("predict", "named-norm.safetensors", "t.csv").out)
        .slice(1)
        .map(Number),
    ).toEqual([-5, 1].map((y) => expect.closeTo(y, 3)));
  });

  it.each<[string, { name: string; shape: number[]; values: Float32Array }[], string]>([
    [
      "a weight that is parametrised",
      [
        { name: "fc.bias", ...values([1], 0) },
        { name: "fc.parametrizations.weight.original0", ...values([1, 1], 1) },
        { name: "fc.parametrizations.weight.original1", ...values([1, 2], 1, 2) },
      ],
      "state_dict: fc (bias [1]) is a layer with a parametrised weight: remove the parametrisation in PyTorch before saving",
    ],
    [
      "an embedding",
      [
        { name: "emb.weight", ...values([3, 2], ...new Array(6).fill(0)) },
        { name: "fc.weight", ...values([1, 2], 0, 0) },
      ],
      "got emb [3, 2], fc [1, 2]; emb may be a look-up of another kind: lanewise has embedding",
    ],
    [
      "a convolution",
      [{ name: "conv.weight", ...values([1, 1, 3, 3], ...new Array(9).fill(0)) }],
      "state_dict: conv (weight [1, 1, 3, 3]) is a convolution, of which a state_dict does not hold the options: build the model",
    ],
    [
      "an LSTM",
      [{ name: "rnn.weight_ih_l0", ...values([4, 1], 0, 0, 0, 0) }],
      "rnn (weight_ih_l0 [4, 1]) is a recurrent layer, of which a state_dict does not hold the options",
    ],
    [
      "attention",
      [{ name: "self.in_proj_weight", ...values([3, 1], 0, 0, 0) }],
      "self (in_proj_weight [3, 1]) is attention, of which a state_dict does not hold the options: build the",
    ],
    [
      "a LayerNorm",
      [
        { name: "ln.weight", ...values([2], 1, 1) },
        { name: "ln.bias", ...values([2], 1, 1) },
      ],
      "ln (bias [2], weight [2]) is a normalization, of which a state_dict does not hold the options: build the model",
    ],
    [
      "layers that do not go together",
      [...affine("a", 2, 3, 1), ...affine("b", 4, 5, 1)],
      "state_dict: expected layers that go together in a row, got a [2, 3], b [4, 5]",
    ],
  ])("names %s", (_, tensors, message) => {
    place.file("odd.st", writeSafetensors(tensors));
    const { status, out, error } = place.run("import", "odd.st", "--activations", "linear");
    expect(error).toContain(message);
    expect([status, out]).toEqual([1, ""]);
  });
});
