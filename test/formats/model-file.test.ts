import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { floatsOf, parseSafetensors, type Tensor, writeSafetensors } from "../../src/files/safetensors.js";
import {
  activation,
  activationNames,
  adam,
  BusyError,
  createBackendSync,
  DisposedError,
  dense,
  FormatError,
  loadModel,
  loadWeights,
  Sequential,
  ShapeError,
  saveModel,
  scaling,
  ValueError,
} from "../../src/index.js";
import * as inference from "../../src/inference.js";
import { on, variants } from "../reference/backends.js";
import { collectGarbage } from "../support/garbage.js";

const backend = createBackendSync(on("scalar"));

/** A model with every kind of layer, trained for a step so that biases are not 0. */
async function trained(of = backend): Promise<Sequential> {
  const model = new Sequential(of, {
    inputShape: 4,
    seed: 12345678901,
    labels: ["setosa", "versicolor", "höher \u{1f33b}"],
    metadata: { target: "species", constructor: "a word like any other" },
    layers: [
      scaling({ mean: [1, 2, 3, 4], deviation: [0.5, 1, 2, 4] }),
      dense(5, { activation: "gelu", name: "hidden" }),
      activation("tanh"),
      dense(4, { useBias: false }),
      dense(3, { activation: "softmax" }),
    ],
  });
  await model.fit(samples, [0, 1, 2, 0], { loss: "categoricalCrossEntropy", optimizer: adam(), epochs: 2 });
  return model;
}

const samples = Float32Array.from({ length: 16 }, (_, i) => Math.fround(Math.sin(i) * 4));
const words = (values: Float32Array): number[] => [
  ...new Uint32Array(values.buffer, values.byteOffset, values.length),
];

/** The file again, with its words or its tensors changed. */
function changed(
  file: Uint8Array,
  words: Record<string, string | undefined>,
  tensors: (all: Tensor[]) => Tensor[] = (all) => all,
): Uint8Array {
  const { metadata, tensors: all } = parseSafetensors(file);
  const merged = Object.entries({ ...metadata, ...words }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return writeSafetensors(
    tensors([...all.values()]).map((tensor) => ({
      ...tensor,
      dtype: "F32" as const,
      values: floatsOf(tensor),
    })),
    Object.fromEntries(merged),
  );
}

describe.each(variants)("a saved model on the %s build", (variant) => {
  const of = createBackendSync(on(variant));

  it("predicts the same bits once it is loaded, and saves to the same bytes", async () => {
    using model = await trained(of);
    const file = saveModel(model);
    using loaded = await loadModel(of, file);
    expect(words(loaded.predict(samples))).toEqual(words(model.predict(samples)));
    expect(saveModel(loaded)).toEqual(file);
    expect(loaded).toMatchObject({
      seed: 12345678901,
      labels: model.labels,
      metadata: model.metadata,
      inputShape: [4],
      outputShape: [3],
    });
    expect(loaded.parameters.map(({ name }) => name)).toEqual([
      "hidden.weight",
      "hidden.bias",
      "3.weight",
      "4.weight",
      "4.bias",
    ]);
    expect(loaded.buffers.map(({ name, value }) => [name, value.toArray()])).toEqual([
      ["0.mean", [[1, 2, 3, 4]]],
      ["0.deviation", [[0.5, 1, 2, 4]]],
    ]);
  });

  it("goes on training as the model that was saved would have", async () => {
    using model = await trained(of);
    using loaded = await loadModel(of, saveModel(model));
    const further = { loss: "categoricalCrossEntropy", epochs: 3, batchSize: 2 } as const;
    await model.fit(samples, [0, 1, 2, 0], { ...further, optimizer: adam() });
    await loaded.fit(samples, [0, 1, 2, 0], { ...further, optimizer: adam() });
    expect(saveModel(loaded)).toEqual(saveModel(model));
  });

  it("gives its memory back", async () => {
    using model = await trained(of);
    const file = saveModel(model);
    await collectGarbage();
    const before = of.memory.liveBlocks;
    (await loadModel(of, file)).dispose();
    expect(of.memory.liveBlocks).toBe(before);
  });
});

describe("lanewise/inference", () => {
  it.each(["simd", "scalar"] as const)(
    "predicts the bits of the whole library on the %s build",
    async (variant) => {
      using model = await trained();
      const small = await inference.createBackend({ variant });
      const loaded = await inference.loadModel(small, saveModel(model));
      expect(words(loaded.predict(samples))).toEqual(words(model.predict(samples)));
      expect(loaded).toMatchObject({ labels: model.labels, metadata: model.metadata, outputShape: [3] });
      loaded.dispose();
      expect(() => loaded.predict(samples)).toThrow(inference.DisposedError);
    },
  );

  it("has every activation", async () => {
    const small = inference.createBackendSync();
    for (const name of activationNames) {
      using model = new Sequential(backend, {
        inputShape: 4,
        seed: 3,
        layers: [dense(6, { activation: name }), activation(name)],
      });
      expect(words((await inference.loadModel(small, saveModel(model))).predict(samples)), name).toEqual(
        words(model.predict(samples)),
      );
    }
  });

  it("trains nothing, and its builds are refused by what does", async () => {
    const bytes = readFileSync(new URL("../../build/inference-scalar.wasm", import.meta.url));
    expect(() => createBackendSync({ wasm: bytes })).toThrow(/inference build/);
    expect(inference.createBackendSync({ wasm: bytes }).variant).toBe("scalar");
    expect(() => inference.createBackendSync({ variant: "relaxed" })).toThrow(
      /lanewise\/inference has no relaxed build; lanewise has one/,
    );
  });
});

describe("where a model comes from", () => {
  it("bytes, a buffer, a view, a response, a URL, or a promise of one", async () => {
    using model = await trained();
    const file = saveModel(model);
    const buffer = file.slice().buffer;
    const url = new URL(`data:application/octet-stream;base64,${Buffer.from(file).toString("base64")}`);
    for (const source of [
      file,
      buffer,
      new DataView(buffer),
      new Response(buffer),
      url,
      Promise.resolve(file),
    ]) {
      using loaded = await loadModel(backend, source);
      expect(saveModel(loaded)).toEqual(file);
    }
  });

  it("a response that is not ok, a URL that is not there, and what is none of these", async () => {
    await expect(
      loadModel(backend, new Response("", { status: 404, statusText: "Not Found" })),
    ).rejects.toThrow(/model file: fetching the file answered 404 Not Found/);
    await expect(loadModel(backend, new URL("file:///no/such/model.safetensors"))).rejects.toThrow(
      FormatError,
    );
    await expect(loadModel(backend, "model.safetensors" as never)).rejects.toThrow(
      /expected bytes, a Response, a URL or a promise of one, got String/,
    );
  });
});

describe("a file that is refused", () => {
  let file: Uint8Array;
  beforeAll(async () => {
    using model = await trained();
    file = saveModel(model);
  });

  const architecture = (
    change: (architecture: { inputShape: unknown; seed: unknown; layers: Record<string, unknown>[] }) => void,
  ): Uint8Array => {
    const value = JSON.parse(parseSafetensors(file).metadata.architecture);
    change(value);
    return changed(file, { architecture: JSON.stringify(value) });
  };

  it.each<[string, () => Uint8Array, RegExp]>([
    [
      "of a newer format, by number",
      () => changed(file, { format_version: "3" }),
      /format version 3, this version of lanewise reads up to 2/,
    ],
    [
      "of no version",
      () => changed(file, { format_version: "one" }),
      /expected a number as format_version, got "one"/,
    ],
    [
      "of tensors alone",
      () => changed(file, { format: undefined }),
      /expected a model of lanewise, got a safetensors file of tensors alone.*loadWeights/,
    ],
    [
      "with an architecture that is no JSON",
      () => changed(file, { architecture: "{" }),
      /architecture is no JSON/,
    ],
    [
      "with an architecture that is no object",
      () => changed(file, { architecture: "3" }),
      /expected architecture to be an object, got 3/,
    ],
    [
      "with an unknown layer",
      () => architecture(({ layers }) => Object.assign(layers[1], { type: "conv" })),
      /layers\[1\] is of type "conv"; known are dense, activation, conv1d, /,
    ],
    [
      "with a layer of Object's",
      () => architecture(({ layers }) => Object.assign(layers[1], { type: "toString" })),
      /layers\[1\] is of type "toString"/,
    ],
    [
      "with an unknown activation",
      () => architecture(({ layers }) => Object.assign(layers[2], { activation: "cube" })),
      /architecture: activation: unknown activation "cube"/,
    ],
    [
      "with units that are no count",
      () => architecture(({ layers }) => Object.assign(layers[1], { units: 1e300 })),
      /dense expected units/,
    ],
    [
      "with no layers",
      () => architecture((value) => Object.assign(value, { layers: [] })),
      /expected a list of layers/,
    ],
    [
      "with a seed that is no integer",
      () => architecture((value) => Object.assign(value, { seed: 0.5 })),
      /expected seed to be a safe integer/,
    ],
    [
      "with sizes that are none",
      () => architecture((value) => Object.assign(value, { inputShape: [2, -2] })),
      /expected inputShape to hold sizes, got \[2,-2\]/,
    ],
    [
      "with sizes whose product overflows",
      () =>
        architecture((value) =>
          Object.assign(value, {
            inputShape: [2 ** 40, 2 ** 40],
            layers: [{ type: "activation", activation: "relu" }],
          }),
        ),
      /more elements than can be counted/,
    ],
    [
      "with labels for other outputs",
      () => changed(file, { labels: '["a"]' }),
      /expected labels to be a name for each of 3 outputs/,
    ],
    [
      "without a tensor, with another, and with one of another shape",
      () =>
        changed(file, {}, (all) =>
          all
            .filter(({ name }) => name !== "hidden.bias")
            .map((tensor) => (tensor.name === "4.bias" ? { ...tensor, shape: [3, 1] } : tensor))
            .concat({ name: "5.bias", dtype: "F32", shape: [1], bytes: new Uint8Array(4) }),
        ),
      /hidden.bias \[5\] is missing; 4.bias expected \[3\], got \[3, 1\]; 5.bias \[1\] is unexpected/,
    ],
  ])("%s", async (_, make, message) => {
    await collectGarbage();
    const before = backend.memory;
    await expect(loadModel(backend, make())).rejects.toThrow(FormatError);
    await expect(loadModel(backend, make())).rejects.toThrow(message);
    expect(backend.memory).toEqual(before);
  });

  it("an older one is read", async () => {
    using loaded = await loadModel(backend, changed(file, { format_version: "0" }));
    expect(loaded.outputShape).toEqual([3]);
  });
});

describe("loadWeights", () => {
  const fresh = (seed: number) =>
    new Sequential(backend, { inputShape: 3, seed, layers: [dense(4, { activation: "relu" }), dense(2)] });

  it("takes the tensors of any safetensors file with the model's names and shapes", () => {
    using from = fresh(1);
    using to = fresh(2);
    loadWeights(to, saveModel(from));
    expect(words(to.predict(samples.subarray(0, 12)))).toEqual(words(from.predict(samples.subarray(0, 12))));
  });

  it("refuses all that is wrong at once, and then leaves the model as it was", () => {
    using from = new Sequential(backend, {
      inputShape: 3,
      layers: [dense(5, { activation: "relu", useBias: false }), dense(2), dense(1)],
    });
    using to = fresh(2);
    const before = saveModel(to);
    expect(() => loadWeights(to, saveModel(from))).toThrow(FormatError);
    expect(() => loadWeights(to, saveModel(from))).toThrow(
      /0.weight expected \[3, 4\], got \[3, 5\]; 0.bias \[4\] is missing; 1.weight expected \[4, 2\], got \[5, 2\]; 2.bias \[1\] is unexpected/,
    );
    expect(() => loadWeights(to, "weights" as never)).toThrow(ValueError);
    expect(saveModel(to)).toEqual(before);
  });

  it("voids what the model has given out before", () => {
    using model = fresh(1);
    const out = model.forward(samples.subarray(0, 12));
    loadWeights(model, saveModel(model));
    expect(() => out.data).toThrow(DisposedError);
  });

  it("waits for no fit", async () => {
    using model = fresh(1);
    const file = saveModel(model);
    const running = model.fit(samples.subarray(0, 12), [0, 1, 0, 1], {
      loss: "softmaxCrossEntropy",
      epochs: 1,
    });
    expect(() => loadWeights(model, file)).toThrow(BusyError);
    await running;
  });
});

describe("words about a model", () => {
  it("are strings, and not the format's own", () => {
    using model = new Sequential(backend, {
      inputShape: 1,
      layers: [dense(1)],
      metadata: { architecture: "brutalist" },
    });
    expect(() => saveModel(model)).toThrow(
      /metadata use the key "architecture", which the file format reserves/,
    );
    expect(
      () => new Sequential(backend, { inputShape: 1, layers: [dense(1)], metadata: { epochs: 3 as never } }),
    ).toThrow(/expected metadata to be strings, got 3 for epochs/);
  });

  it("labels are one for each output, or two for one", () => {
    expect(() => new Sequential(backend, { inputShape: 1, layers: [dense(3)], labels: ["a"] })).toThrow(
      ShapeError,
    );
    expect(
      () => new Sequential(backend, { inputShape: 1, layers: [dense(1)], labels: [1 as never, 2 as never] }),
    ).toThrow(ValueError);
    using model = new Sequential(backend, { inputShape: 1, layers: [dense(1)], labels: ["no", "yes"] });
    expect(model.labels).toEqual(["no", "yes"]);
  });
});
