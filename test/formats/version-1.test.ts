import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { keys } from "../../src/files/model-file.js";
import { floatsOf, parseSafetensors, writeSafetensors } from "../../src/files/safetensors.js";
import { activation, createBackendSync, dense, loadModel, Sequential, saveModel } from "../../src/index.js";
import * as inference from "../../src/inference.js";
import { exactVariants, on } from "../reference/backends.js";

/**
 * Files of version 1, written before models were graphs: a dense layer and a softmax took a sample of several
 * axes as one row. test/data/README.md says how they were made. They keep their meaning, to the bit.
 */

const read = (name: string): Uint8Array =>
  readFileSync(new URL(`../data/models/${name}.safetensors`, import.meta.url));
const x = Float32Array.from({ length: 24 }, (_, i) => Math.fround(((i * 37) % 19) / 4 - 2));
const bits = (values: Float32Array): number[] => [...new Uint32Array(values.slice().buffer)];

/** What the version of lanewise that wrote the files predicted for x. */
const predictions = {
  "v1-dense-two-axes": [
    1058420069, 1047124409, 1044205749, 1058264940, 1048856374, 1042813927, 1060240490, 1045019475,
    1037870600, 1055591173, 1049626563, 1048898873,
  ],
  "v1-softmax-two-axes": [
    1021933901, 1045250607, 1045135574, 1044950179, 1044655622, 1044198188, 1047121199, 1045848853,
    1044180020, 1042212776, 1040171917, 1036530735, 1048001327, 1044838108, 1042766301, 1041463605,
    1040661056, 1040154945, 1024289521, 1024081944, 1047729644, 1047593412, 1047373850, 1047025010,
  ],
};
/** And what the first of them predicted after two epochs more, by a new adam. */
const further = [
  1058332224, 1047256733, 1044424802, 1058118315, 1049015268, 1043082632, 1060068959, 1045424569, 1038432653,
  1055445918, 1049671028, 1048999661,
];

describe.each(exactVariants)("a file of version 1 with samples of two axes, on the %s build", (variant) => {
  const backend = createBackendSync(on(variant));

  it.each(Object.entries(predictions))(
    "%s: predicts the bits, and is saved to the same bytes",
    async (name, y) => {
      const file = read(name);
      using model = await loadModel(backend, file);
      expect(bits(model.predict(x))).toEqual(y);
      expect(Buffer.from(saveModel(model)).equals(file)).toBe(true);
    },
  );

  it("keeps the names of its tensors, and trains on to the bits", async () => {
    using model = await loadModel(backend, read("v1-dense-two-axes"));
    expect(model.parameters.map(({ name }) => name)).toEqual([
      "1.alpha",
      "hidden.weight",
      "hidden.bias",
      "4.weight",
      "4.bias",
    ]);
    await model.fit(x, [0, 1, 2, 0], { loss: "categoricalCrossEntropy", epochs: 2, batchSize: 2 });
    expect(bits(model.predict(x))).toEqual(further);
  });

  it("is read by lanewise/inference", async () => {
    const small = await inference.createBackend({ variant });
    for (const [name, y] of Object.entries(predictions)) {
      const model = await inference.loadModel(small, read(name));
      expect(bits(model.predict(x))).toEqual(y);
    }
  });
});

it("a file of version 1 takes its layers on the shapes that the ones before them give", async () => {
  const backend = createBackendSync();
  const layers = [dense(4, { activation: "tanh" }), dense(5), activation("softmax")];
  using flat = new Sequential(backend, { inputShape: 6, layers });
  const { metadata, tensors } = parseSafetensors(saveModel(flat));
  expect(metadata[keys.version]).toBe("1");
  const architecture = { ...JSON.parse(metadata[keys.architecture]), inputShape: [2, 3] };
  const file = writeSafetensors(
    [...tensors.values()].map((tensor) => ({
      name: tensor.name,
      shape: tensor.shape,
      values: floatsOf(tensor),
    })),
    { ...metadata, [keys.architecture]: JSON.stringify(architecture) },
  );
  using model = await loadModel(backend, file);
  expect(model.inputShape).toEqual([2, 3]);
  expect(model.outputShape).toEqual([5]);
  expect(bits(model.predict(x))).toEqual(bits(flat.predict(x)));
});
