import { expect, expectTypeOf, it } from "vitest";
import {
  add,
  createBackendSync,
  dense,
  gru,
  input,
  type Layer,
  loadModel,
  lstm,
  type Matrix,
  Model,
  type Network,
  Sequential,
  type StatefulLayer,
  saveModel,
  simpleRnn,
  type Tensor,
  type Training,
} from "../../src/index.js";
import * as inference from "../../src/inference.js";

/**
 * The types that an editor shows for models of one output and of several; `npm run typecheck` checks them.
 */
const backend = createBackendSync();
const x = input(2);
const [a, b] = [dense(1, { name: "a" }).apply(x), dense(3).apply(x)];
const samples = [[1, 2]];

it("one output is a Float32Array, an array of outputs an array of them", () => {
  const one = new Model(backend, { inputs: x, outputs: a });
  expectTypeOf(one.predict(samples)).toEqualTypeOf<Float32Array<ArrayBuffer>>();
  expectTypeOf(one.forward(samples)).toEqualTypeOf<Matrix>();
  const two = new Model(backend, { inputs: [x], outputs: [a, b], seed: 3 });
  expectTypeOf(two.predict([samples])).toEqualTypeOf<Float32Array<ArrayBuffer>[]>();
  expectTypeOf(two.forward([samples])).toEqualTypeOf<Matrix[]>();
  const [first, second] = two.predict({ input: samples });
  expect([first.length, second.length]).toEqual([1, 3]);
  const chain = new Sequential(backend, { inputShape: 2, layers: [dense(1)] });
  expectTypeOf(chain.predict(samples)).toEqualTypeOf<Float32Array<ArrayBuffer>>();
  expectTypeOf(chain).toExtend<Model>();
  expectTypeOf(one).toExtend<Network>();
});

it("out is as predict's result", () => {
  const two = new Model(backend, { inputs: x, outputs: [a, b] });
  const out = [new Float32Array(1), new Float32Array(3)];
  expect(two.predict(samples, { out })).toEqual(out);
  // @ts-expect-error one array for two outputs
  expect(() => two.predict(samples, { out: out[0] })).toThrow("expected out to be an array of 2");
});

it("a loaded model has the type that is asked for", async () => {
  const file = saveModel(new Model(backend, { inputs: x, outputs: [a, b] }));
  const loaded = await loadModel<Tensor[]>(backend, file);
  expectTypeOf(loaded.predict(samples)).toEqualTypeOf<Float32Array<ArrayBuffer>[]>();
  const small = await inference.loadModel<Tensor[]>(await inference.createBackend(), file);
  expectTypeOf(small.predict(samples)).toEqualTypeOf<Float32Array<ArrayBuffer>[]>();
  expect(small.predict(samples)).toEqual(loaded.predict(samples));
});

it("operations give what they take, and layers without tensors", () => {
  expectTypeOf(add(x, x)).toEqualTypeOf<Tensor>();
  expectTypeOf(add([x, x])).toEqualTypeOf<Tensor>();
  expectTypeOf(add()).toEqualTypeOf<Layer>();
  expectTypeOf(add(backend.matrix(1, 1), backend.matrix(1, 1))).toEqualTypeOf<Matrix>();
  expectTypeOf(add({ name: "sum" }).apply([x, x])).toEqualTypeOf<Tensor>();
});

it("logs and evaluations have the scores of each output", async () => {
  const two = new Model(backend, { inputs: x, outputs: [a, b] });
  const scores = two.evaluate(samples, { a: [1], output1: [[1, 2, 3]] }, { loss: ["huber", "huber"] });
  expectTypeOf(scores.aLoss).toEqualTypeOf<number | undefined>();
  expectTypeOf(scores.output1R2).toEqualTypeOf<number | undefined>();
  await two.fit(samples, [[1], [[1, 2, 3]]], {
    loss: { a: "huber", output1: "huber" },
    onEpochEnd: ({ aLoss, output1Loss }, { model }) => {
      expectTypeOf(aLoss).toEqualTypeOf<number | undefined>();
      expect(output1Loss).toBeGreaterThan(0);
      expectTypeOf(model).toEqualTypeOf<Training["model"]>();
    },
  });
});

it("one or another recurrent layer takes the options that they have in common", () => {
  const isFast = Math.random() < 2;
  const gated = isFast ? gru : lstm;
  expectTypeOf(gated(4)).toEqualTypeOf<Layer>();
  expectTypeOf(gated(4, { returnSequences: true, slope: 0.2 })).toEqualTypeOf<Layer>();
  expectTypeOf(gated(4, { returnState: true })).toEqualTypeOf<StatefulLayer>();
  // @ts-expect-error what lstm alone has
  expect(() => gated(4, { unitForgetBias: true })).toThrow("gru");
  const kinds = { gru, lstm, simpleRnn };
  const any = kinds["gru" as keyof typeof kinds];
  expectTypeOf(any(4, { reverse: true, kernelInitializer: "zeros" })).toEqualTypeOf<Layer>();
  expectTypeOf(any(4, { returnState: true })).toEqualTypeOf<StatefulLayer>();
  // @ts-expect-error what simpleRnn alone has
  expect(() => any(4, { activation: "relu" })).toThrow("gru");
  // What each has is as it was.
  expectTypeOf(lstm(4, { unitForgetBias: false, slope: 0.2 })).toEqualTypeOf<Layer>();
  expectTypeOf(gru(4, { resetAfter: false, returnState: true })).toEqualTypeOf<StatefulLayer>();
  expectTypeOf(simpleRnn(4, { activation: "relu" })).toEqualTypeOf<Layer>();
  // @ts-expect-error a word that no layer knows
  expect(() => simpleRnn(4, { activaton: "relu" })).toThrow("activaton");
});
