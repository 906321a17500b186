import { beforeAll, describe, expect, it } from "vitest";
import * as lanewise from "../../src/index.js";
import * as inference from "../../src/inference.js";
import * as table from "../../src/table.js";
import { variants } from "../reference/backends.js";
import { digitsModule } from "./digits.js";
import { conform, type Digits, trainings } from "./program.js";
import { hashesOf, unequal } from "./report.js";

/** The conformance program must be content with what is right, and must catch what is wrong. */
describe("the conformance program", () => {
  const runtime = { name: "Node", version: process.versions.node };
  let digits: Digits;
  beforeAll(async () => {
    digits = (await import(`data:text/javascript,${encodeURIComponent(digitsModule())}`)).default;
  });
  const run = (wrong: Partial<Record<keyof typeof lanewise, unknown>>, other: object = inference) =>
    conform({ ...lanewise, ...wrong } as typeof lanewise, {
      runtime,
      digits,
      inference: other as typeof inference,
      table,
    });

  it("has nothing to say of this engine, whose builds give one hash", async () => {
    const report = await run({});
    expect(report.failures).toEqual([]);
    expect(report.builds.map(({ variant }) => variant)).toEqual(variants);
    expect(report.embedded).toEqual({ variant: "simd" });
    expect(hashesOf([report])).toHaveLength(1);
    expect(unequal([report])).toEqual([]);
    for (const { accuracy } of report.builds) expect(accuracy).toBeGreaterThan(0.85);
  });

  it("trains with everything that there is, and each training is another one", async () => {
    const names = Object.keys(trainings(lanewise));
    for (const optimizer of ["sgd", "adam", "adamw", "nadam", "rmsprop", "adagrad", "adadelta", "lion"])
      expect(names).toContain(optimizer);
    for (const schedule of Object.keys(lanewise.schedules)) expect(names).toContain(`schedule ${schedule}`);
    for (const loss of Object.keys(lanewise.losses))
      if (!["softmaxCrossEntropy", "custom"].includes(loss)) expect(names).toContain(loss);
    for (const layer of [
      "dropout",
      "gaussianNoise",
      "scaling",
      "convolutions",
      "recurrent layers",
      "transformer",
    ])
      expect(names).toContain(layer);
    const report = await run({});
    const hashes = Object.entries(report.builds[0].trainings);
    const same = hashes
      .filter(([name, hash]) => hashes.some(([other, its]) => other !== name && its === hash))
      .map(([name]) => name);
    // A sigmoid and the cross-entropy of its probabilities are computed from the logits, as is the other.
    expect(same).toEqual(["binaryCrossEntropy", "binaryCrossEntropyWithLogits"]);
  });

  it("catches a kernel that is off by one part in a hundred thousand, or gives NaN", async () => {
    const off: typeof lanewise.transpose = (a, options) =>
      lanewise.scale(lanewise.transpose(a, options), 1.00001);
    expect((await run({ transpose: off })).failures).toContainEqual(
      expect.stringMatching(/^simd: transpose of \[7, 5\] is off by .*, more than 0.000001$/),
    );
    const nan = ((a: lanewise.Matrix, b: lanewise.Matrix, options?: lanewise.OutOptions) => {
      const sum = lanewise.add(a, b, options);
      sum.data[sum.length - 1] = Number.NaN;
      return sum;
    }) as typeof lanewise.add;
    expect((await run({ add: nan })).failures).toContainEqual(
      expect.stringMatching(/^scalar: add of \[33, 31\] and \[33, 31\] is off by Infinity/),
    );
  });

  it("catches a build that cannot be made, and one that is another than asked for", async () => {
    const createBackend: typeof lanewise.createBackend = (options = {}) => {
      if (options.variant === "scalar") return Promise.reject(new Error("no such build"));
      return lanewise.createBackend(options.variant === "relaxed" ? { variant: "simd" } : options);
    };
    const { failures } = await run({ createBackend });
    expect(failures).toContainEqual(expect.stringMatching(/^scalar: Error: no such build/));
    if (variants.includes("relaxed"))
      expect(failures).toContain("relaxed: createBackend made the simd build");
  });

  it("catches a relaxed build that trains to something else, and shows other weights of an exact build by their hash", async () => {
    class OtherSeed extends lanewise.Sequential {
      constructor(backend: lanewise.Backend, options: lanewise.SequentialOptions) {
        super(backend, { ...options, seed: backend.variant === "simd" ? 2 : 1 });
      }
    }
    const report = await run({ Sequential: OtherSeed });
    expect(hashesOf([report])).toHaveLength(2);
    expect(unequal([report])).toEqual(Object.keys(trainings(lanewise)));
    if (variants.includes("relaxed"))
      expect(report.failures).toContainEqual(
        expect.stringMatching(/^relaxed: weight is .* from the SIMD build's/),
      );
  });

  it("catches a source of WebAssembly that createBackend does not take, or that is another build", async () => {
    const sources = {
      "a URL": new URL("../../build/simd.wasm", import.meta.url),
      bytes: Uint8Array.of(1, 2, 3),
      "a file": new URL("../../build/scalar.wasm", import.meta.url),
    };
    const { failures } = await conform(lanewise, { runtime, digits, sources });
    expect(failures).toEqual([
      expect.stringMatching(/^bytes as wasm: BackendError: /),
      "a file as wasm: the scalar build, which multiplied to 23",
    ]);
  });

  it("catches an inference entry that predicts something else", async () => {
    const loadModel = (async (...source: Parameters<typeof inference.loadModel>) => {
      const model = await inference.loadModel(...source);
      return {
        predict: (x: Float32Array) => model.predict(x).map((value) => value * 1.0000002),
      };
    }) as typeof inference.loadModel;
    expect((await run({}, { ...inference, loadModel })).failures).toContain(
      "scalar: lanewise/inference predicts something else",
    );
  });
});
