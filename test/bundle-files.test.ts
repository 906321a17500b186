import { expect, it } from "vitest";
import * as source from "../src/index.js";

const bundled = (): Promise<typeof source> => import(new URL("../dist/lanewise.js", import.meta.url).href);

/** Whatever the bundler does to the sources must not change a file. */
it("the bundle writes the very models, weights and checkpoints that the sources write", async () => {
  const [expected, got] = [await files(source), await files(await bundled())];
  for (const [name, file] of Object.entries(expected))
    expect(text(got[name as keyof typeof got]), name).toBe(text(file));
});

/** A minifier renames classes: messages name objects by their tags. */
it("the bundle calls the library's objects what the sources call them in messages", async () => {
  const expected =
    "Backend, Matrix, Sequential, Model, SymbolicTensor, Dense, Dropout, Adam, Schedule, Loss, Metric";
  expect([shown(source), shown(await bundled())]).toEqual([expected, expected]);
});

/** What a message says of an object of each class where it expected an array. */
function shown(lanewise: typeof source): string {
  const { adam, createBackendSync, dense, dropout, input, losses, metrics, Model, schedules, Sequential } =
    lanewise;
  const backend = createBackendSync();
  const x = input(2);
  const objects = [
    backend,
    backend.matrix(1, 1),
    new Sequential(backend, { inputShape: 2, layers: [dense(1)] }),
    new Model(backend, { inputs: x, outputs: dense(1).apply(x) }),
    x,
    dense(1),
    dropout(0.5),
    adam(),
    schedules.constant({ learningRate: 1 }),
    losses.meanSquaredError(),
    metrics.accuracy(),
  ];
  return objects
    .map((object) => {
      try {
        backend.matrix(1, 1, object as never);
      } catch (error) {
        return String(error).replace(/.* got /, "");
      }
      return "no error";
    })
    .join(", ");
}

/** A training with all that has a state. */
async function files(
  lanewise: typeof source,
): Promise<Record<"model" | "weights" | "checkpoint", Uint8Array>> {
  const {
    adamw,
    createBackendSync,
    dense,
    dropout,
    gaussianNoise,
    metrics,
    saveModel,
    scaling,
    schedules,
    Sequential,
    torchStateDict,
  } = lanewise;
  using model = new Sequential(createBackendSync(), {
    inputShape: 4,
    seed: 3,
    labels: ["a", "b"],
    metadata: { by: "a test" },
    layers: [
      scaling({ mean: [1, 2, 3, 4], deviation: [1, 1, 1, 1] }),
      dense(6, {
        activation: "tanh",
        kernelRegularizer: { l1: 0.01, l2: 0.1 },
        kernelConstraint: { maxNorm: 1 },
      }),
      dropout(0.2),
      gaussianNoise(0.1),
      dense(2),
    ],
  });
  const optimizer = adamw({
    clipNorm: 1,
    groups: [{ parameters: /bias/, weightDecay: 0, learningRateFactor: 0.5 }],
    learningRate: schedules.warmup({
      steps: 3,
      before: schedules.reduceOnPlateau({ learningRate: 0.1, monitor: "loss", patience: 1 }),
    }),
  });
  const x = Float32Array.from({ length: 160 }, (_, i) => ((i * 7919) % 101) / 50 - 1);
  const y = Array.from({ length: 40 }, (_, i) => i % 2);
  await model.fit(x, y, {
    loss: "softmaxCrossEntropy",
    optimizer,
    epochs: 5,
    batchSize: 8,
    earlyStopping: { monitor: "loss", patience: 3 },
    metrics: [metrics.f1()],
  });
  return { model: saveModel(model), weights: torchStateDict(model), checkpoint: model.checkpoint(optimizer) };
}

/**
 * A file's header, but for what the clock has a part in (times, and the checksum over them), and its data.
 */
function text(file: Uint8Array): string {
  const start = 8 + new DataView(file.buffer, file.byteOffset).getUint32(0, true);
  const header = Buffer.from(file.subarray(8, start)).toString().trimEnd();
  const timeless = header
    .replace(/"checksum":"\w+"/, "")
    .replace(/(seconds|samplesPerSecond)\\*":[\d.e-]+/g, "$1");
  return timeless + Buffer.from(file.subarray(start)).toString("hex");
}
