import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { halfOfFloatBits } from "../../src/files/half.js";
import type { ActivationName, Model } from "../../src/index.js";
import { Random } from "../support/random.js";
import { test, trainedModel, training } from "./digits.js";
import { type Judge, largestDifference, type Row } from "./judge.js";
import { backend, lanewise, tfjs as own } from "./library.js";
import { ourModels, theirModels } from "./tfjs-models.js";

async function library() {
  const core = await import("@tensorflow/tfjs-core");
  await import("@tensorflow/tfjs-backend-cpu");
  return { core, layers: await import("@tensorflow/tfjs-layers") };
}
type Library = Awaited<ReturnType<typeof library>>;

/** Files by their names, as a page fetches them. */
type Files = Readonly<Record<string, string | Uint8Array>>;

/** TensorFlow.js, its layers on its CPU backend. */
export const tensorflow: Judge = {
  name: "TensorFlow.js",
  async version() {
    try {
      return (await library()).layers.version_layers;
    } catch {
      return undefined;
    }
  },
  async rows(version) {
    const tf = await library();
    const row = (what: string, largest: number): Row => ({
      judge: "TensorFlow.js",
      version,
      what,
      rows: test.labels.length,
      largest,
    });
    const trained = await trainedModel();
    const rows = [
      row(
        "digits, our model.json",
        largestDifference(
          trained.predict(test.pixels),
          predicted(tf, await opened(tf, own.exportTfjs(trained))),
        ),
      ),
    ];

    const { dense, activation, dropout, gaussianNoise, Sequential } = lanewise;
    const names: ActivationName[] = [
      "relu",
      "leakyRelu",
      "elu",
      "selu",
      "gelu",
      "silu",
      "sigmoid",
      "tanh",
      "softplus",
      "relu6",
      "softsign",
      "mish",
      "hardSigmoid",
      "logSoftmax",
      "softmax",
    ];
    for (const name of names) {
      const layers = [
        lanewise.flatten(),
        dense(16, { activation: name, useBias: false }),
        gaussianNoise(0.1),
        activation(name),
        dropout(0.5),
        dense(10, { activation: name }),
      ];
      const model = new Sequential(backend, { inputShape: [8, 8], seed: 3, layers });
      rows.push(
        row(
          `8 x 8 inputs, ${name}, our model.json`,
          largestDifference(
            model.predict(test.pixels),
            predicted(tf, await opened(tf, own.exportTfjs(model))),
          ),
        ),
      );
    }

    const slopes = new Sequential(backend, {
      inputShape: [8, 8],
      seed: 3,
      layers: [
        lanewise.prelu(),
        lanewise.flatten(),
        dense(16),
        activation("leakyRelu", { slope: 0.3 }),
        dense(12),
        lanewise.prelu({ sharedAxes: "all", alphaInitializer: -0.5 }),
        activation("hardSigmoid", { slope: 0.2 }),
        dense(10),
      ],
    });
    rows.push(
      row(
        "slopes of their own and PReLU, our model.json",
        largestDifference(
          slopes.predict(test.pixels),
          predicted(tf, await opened(tf, own.exportTfjs(slopes))),
        ),
      ),
    );

    const theirs = await trainedThere(tf);
    const files = await saved(theirs);
    const compare = async (what: string, files: Files, model: LayersModel) => {
      const { "model.json": json, ...shards } = files;
      return row(
        what,
        largestDifference(
          own.importTfjs(backend, json as string, shards).predict(test.pixels),
          predicted(tf, model),
        ),
      );
    };
    rows.push(await compare("digits, trained there, its model.json", files, theirs));
    for (const dtype of ["float16", "uint16", "uint8"] as const) {
      const smaller = quantised(files, dtype);
      rows.push(await compare(`the same, quantised to ${dtype}`, smaller, await opened(tf, smaller)));
    }
    return [...rows, ...(await imageRows(tf, version))];
  },
};

/** Samples of each model of images, sequences and branches. */
const SAMPLES = 20;

/** Models with every layer, to TensorFlow.js and back, and from it. */
async function imageRows(tf: Library, version: string): Promise<Row[]> {
  const rows: Row[] = [];
  const add = (what: string, a: readonly Float32Array[], b: readonly Float32Array[]) => {
    const largest = Math.max(...a.map((values, i) => largestDifference(values, b[i])));
    rows.push({ judge: "TensorFlow.js", version, what, rows: SAMPLES, largest });
  };
  for (const { name, model, words } of ourModels()) {
    const files = own.exportTfjs(model);
    const inputs = inputsOf(model, words);
    const expected = outputsOf(model, inputs);
    add(`${name}, our model.json`, expected, outputsThere(tf, await opened(tf, files), inputs));
    using again = own.importTfjs(backend, files["model.json"], files);
    add(`${name}, there and back`, expected, outputsOf(again, inputs));
    model.dispose();
  }
  for (const { name, model, words } of theirModels(tf.core, tf.layers)) {
    const { "model.json": json, ...shards } = await saved(model);
    using ours = own.importTfjs(backend, json as string, shards);
    const inputs = inputsOf(ours, words);
    add(`${name}, its model.json`, outputsThere(tf, model, inputs), outputsOf(ours, inputs));
  }
  rows.push(await trainedOn(tf, version), await attentionIn(tf, version));
  return rows;
}

/**
 * Numbers between -2 and 2 for each input of a model, or whole ones below `words`. Some steps in each third
 * sample are 2, or 0 where they are words: padding.
 */
const inputsOf = ({ structure }: Model, words?: number): Float32Array[] =>
  structure.inputs.map(({ shape }, i) => {
    const random = new Random(23 + i);
    const size = shape.reduce((product, length) => product * length, 1);
    const values = words
      ? Float32Array.from(random.integers(SAMPLES * size, words))
      : random.floats(SAMPLES * size, -2, 2);
    for (let sample = 0; sample < SAMPLES; sample += 3)
      if (words || shape.length === 2)
        values.fill(words ? 0 : 2, sample * size + Math.floor((2 * size) / 3), (sample + 1) * size);
    return values;
  });

function outputsOf(model: Model, inputs: readonly Float32Array[]): Float32Array[] {
  const outputs: unknown = model.predict((inputs.length > 1 ? inputs : inputs[0]) as Float32Array);
  return (Array.isArray(outputs) ? outputs : [outputs]) as Float32Array[];
}

function outputsThere(
  { core }: Library,
  model: LayersModel,
  inputs: readonly Float32Array[],
): Float32Array[] {
  const tensors = inputs.map((values, i) =>
    core.tensor(values, [SAMPLES, ...(model.inputs[i].shape.slice(1) as number[])]),
  );
  const outputs = model.predict(tensors.length > 1 ? tensors : tensors[0]);
  return (Array.isArray(outputs) ? outputs : [outputs]).map((tensor) => tensor.dataSync() as Float32Array);
}

/** A net with batch normalization, trained there for a while, trains on here. */
async function trainedOn(tf: Library, version: string): Promise<Row> {
  const { core, layers } = tf;
  const { layers: k, initializers } = layers;
  const kernelInitializer = initializers.glorotUniform({ seed: 3 });
  const theirs = layers.sequential({
    layers: [
      k.reshape({ targetShape: [8, 8, 1], inputShape: [8, 8] }),
      k.conv2d({ filters: 8, kernelSize: 3, useBias: false, kernelInitializer }),
      k.batchNormalization(),
      k.reLU(),
      k.maxPooling2d({ poolSize: 2 }),
      k.flatten(),
      k.dense({ units: 10, kernelInitializer }),
    ],
  });
  const { "model.json": json, ...shards } = await saved(theirs);
  using model = own.importTfjs(backend, json as string, shards);
  const before = model.buffers.map(({ value }) => value.data.slice());
  const { epochs } = await model.fit(training.pixels, training.labels, {
    loss: "softmaxCrossEntropy",
    optimizer: "adam",
    metrics: ["accuracy"],
    epochs: 5,
  });
  const moved = model.buffers.every(({ value }, i) => largestDifference(value.data, before[i]) > 0);
  const files = own.exportTfjs(model);
  const there = predicted(tf, await opened(tf, files));
  const apart = largestDifference(there, model.predict(test.pixels));
  core.disposeVariables();
  const [first, last] = [epochs[0].loss, epochs[4].loss];
  return {
    judge: "TensorFlow.js",
    version,
    what: "a convolutional net with batch normalization trains on here, and goes back",
    found: `losses ${first.toFixed(3)} to ${last.toFixed(3)}, statistics ${moved ? "moved" : "stayed"}, then a largest difference of ${apart.toExponential(1)}`,
    holds: last < first / 2 && moved && apart <= 1e-4,
  };
}

/** A model that TensorFlow.js has opened as a page does, by its address. */
async function opened({ layers }: Library, files: Files): Promise<LayersModel> {
  const server = createServer(({ url = "" }, response) =>
    response.end(files[url.slice(1)] ?? files[`.${url}`]),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await layers.loadLayersModel(
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/model.json`,
    );
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** Its outputs for the test images, in whichever shape it takes them. */
function predicted({ core }: Library, model: LayersModel): Float32Array {
  const shape = model.inputs[0].shape.map((size) => size ?? test.labels.length);
  return (model.predict(core.tensor(test.pixels, shape)) as { dataSync(): Float32Array }).dataSync();
}

async function trainedThere({ core, layers: { layers, sequential } }: Library): Promise<LayersModel> {
  const model = sequential({
    layers: [
      layers.flatten({ inputShape: [8, 8] }),
      layers.dense({ units: 32, useBias: false }),
      layers.batchNormalization(),
      layers.leakyReLU(),
      layers.dropout({ rate: 0.1, seed: 1 }),
      layers.dense({ units: 16, activation: "elu" }),
      layers.prelu({ alphaInitializer: "ones" }),
      layers.dense({ units: 16, activation: "hardSigmoid" }),
      layers.prelu({ sharedAxes: [1] }),
      layers.dense({ units: 16, activation: "mish" }),
      layers.reLU({ maxValue: 6 }),
      layers.dense({ units: 16, activation: "softsign" }),
      layers.dense({ units: 10 }),
      layers.softmax(),
    ],
  });
  model.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy" });
  const x = core.tensor(training.pixels, [training.labels.length, 8, 8]);
  await model.fit(x, core.tensor1d(Float32Array.from(training.labels)), { epochs: 2, verbose: 0 });
  return model;
}

/** The files that a page downloads from model.save("downloads://model"), the weights in two shards. */
async function saved(model: LayersModel): Promise<Files> {
  let files: Files = {};
  await model.save({
    async save({ modelTopology, weightSpecs, weightData, format, generatedBy }) {
      const bytes = new Uint8Array(weightData as ArrayBuffer);
      const paths = ["./model.1.bin", "./model.2.bin"];
      const json = JSON.stringify({
        modelTopology,
        format,
        generatedBy,
        convertedBy: null,
        weightsManifest: [{ paths, weights: weightSpecs }],
      });
      files = { "model.json": json, [paths[0]]: bytes.slice(0, 1001), [paths[1]]: bytes.slice(1001) };
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
    },
  });
  return files;
}

/** The same files with their weights in fewer bits, as the converter's --quantize_* writes them. */
function quantised(files: Files, dtype: "float16" | "uint16" | "uint8"): Files {
  const json = JSON.parse(files["model.json"] as string);
  const [group] = json.weightsManifest;
  const floats = new Float32Array(
    new Uint8Array(Buffer.concat(group.paths.map((path: string) => files[path]))).buffer,
  );
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const weight of group.weights) {
    const values = floats.slice(
      at,
      at + weight.shape.reduce((size: number, length: number) => size * length, 1),
    );
    at += values.length;
    if (dtype === "float16") {
      weight.quantization = { dtype, original_dtype: "float32" };
      parts.push(new Uint8Array(Uint16Array.from(new Uint32Array(values.buffer), halfOfFloatBits).buffer));
      continue;
    }
    const min = Math.min(...values);
    const scale = (Math.max(...values) - min) / (dtype === "uint8" ? 255 : 65_535) || 1;
    weight.quantization = { dtype, scale, min, original_dtype: "float32" };
    const steps = Array.from(values, (value) => Math.round((value - min) / scale));
    parts.push(dtype === "uint8" ? Uint8Array.from(steps) : new Uint8Array(Uint16Array.from(steps).buffer));
  }
  group.paths = ["weights.bin"];
  return { "model.json": JSON.stringify(json), "weights.bin": new Uint8Array(Buffer.concat(parts)) };
}

/** A model with attention as Keras writes it, which exportTfjs therefore refuses. */
async function attentionIn({ layers }: Library, version: string): Promise<Row> {
  const input = {
    class_name: "InputLayer",
    name: "x",
    config: { name: "x", batch_input_shape: [null, 4, 6], dtype: "float32", sparse: false },
    inbound_nodes: [],
  };
  const attention = {
    class_name: "MultiHeadAttention",
    name: "attention",
    config: { name: "attention", num_heads: 2, key_dim: 3 },
    inbound_nodes: [[["x", 0, 0, { value: ["x", 0, 0] }]]],
  };
  const config = {
    name: "model",
    layers: [input, attention],
    input_layers: [["x", 0, 0]],
    output_layers: [["attention", 0, 0]],
  };
  const found = await layers.models
    .modelFromJSON({ modelTopology: { class_name: "Model", config } } as never)
    .then(
      () => "is loaded",
      ({ message }: Error) => message.split(".")[0],
    );
  return {
    judge: "TensorFlow.js",
    version,
    what: "a MultiHeadAttention of Keras",
    found,
    holds: found === "Unknown layer: MultiHeadAttention",
  };
}
