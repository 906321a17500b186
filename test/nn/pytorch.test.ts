import { describe, expect, it } from "vitest";
import {
  type ActivationName,
  activate,
  activationGradient,
  adadelta,
  adagrad,
  adam,
  adamw,
  createBackendSync,
  dense,
  type Loss,
  losses,
  type Matrix,
  Network,
  nadam,
  type Optimizer,
  rmsprop,
  sgd,
  type Targets,
} from "../../src/index.js";
import { on, variants } from "../reference/backends.js";
import * as golden from "../reference/golden.js";
import { expectClose, type Tensor, type TrainingCase, transposed } from "../reference/golden.js";

/**
 * Held to PyTorch's values in float64. Half a unit in the last place of float32 is 6e-8 relative: the bounds
 * below are a few of those where a value is computed directly, and more where sums or steps add them up.
 */
describe.each(variants)("the %s build against PyTorch", (variant) => {
  const backend = createBackendSync(on(variant));
  const matrix = ({ shape: [rows, cols], data }: Tensor): Matrix =>
    cols === undefined ? backend.matrix(1, rows, data) : backend.matrix(rows, cols, data);

  describe("activations, value and derivative at 161 points", () => {
    const names = Object.keys(golden.activations).filter(
      (name) => !["x", "softmax", "logSoftmax"].includes(name),
    );
    it.each(names)("%s within 3e-7 absolute and 4e-7 relative", (name) => {
      const x = matrix(golden.activations.x);
      const { y, dy } = golden.activations[name];
      expectClose(name, activate(name as ActivationName, x).data, y.data, 3e-7, 4e-7);
      // The derivative of selu just below 0 is taken from an output near 0; it is 1.76 there.
      expectClose(`${name}'`, activationGradient(name as ActivationName, x).data, dy.data, 4e-7, 4e-7);
    });

    it.each(["softmax", "logSoftmax"] as const)("%s and its backward pass, by rows, within 1e-6", (name) => {
      const { x, y, upstream, dx } = golden.activations[name];
      const out = activate(name, matrix(x));
      expectClose(name, out.data, y.data, 1e-6, 4e-7);
      const gradient = backend.matrix(out.rows, out.cols);
      backend.kernels[`${name}Backward`](
        out.pointer,
        matrix(upstream).pointer,
        gradient.pointer,
        out.rows,
        out.cols,
      );
      expectClose(`${name} backward`, gradient.data, dx.data, 2e-6, 1e-6);
    });
  });

  describe("losses, value and gradient within 1e-6 relative and 2e-7 absolute", () => {
    const { pred, target, prob, binary, labels, onehot } = golden.losses;
    const flat = (tensor: Tensor): Targets => Float32Array.from(tensor.data);
    const cases: [string, Loss, Tensor, Targets][] = [
      ["mse", losses.meanSquaredError(), pred, flat(target)],
      ["mseSumOverBatch_1_over_m", losses.meanSquaredError({ reduction: "batchMean" }), pred, flat(target)],
      ["mseHalf_1_over_2N", losses.meanSquaredError({ reduction: "halfBatchMean" }), pred, flat(target)],
      ["mseHalfSum", losses.meanSquaredError({ reduction: "halfSum" }), pred, flat(target)],
      ["mae", losses.meanAbsoluteError(), pred, flat(target)],
      ["huber_delta1", losses.huber(), pred, flat(target)],
      ["huber_delta0.5", losses.huber({ delta: 0.5 }), pred, flat(target)],
      ["binaryCrossEntropy", losses.binaryCrossEntropy(), prob, flat(binary)],
      ["binaryCrossEntropyWithLogits", losses.binaryCrossEntropyWithLogits(), pred, flat(binary)],
      ["softmaxCrossEntropy", losses.softmaxCrossEntropy(), pred, labels],
      ["softmaxCrossEntropy", losses.softmaxCrossEntropy(), pred, flat(onehot)],
      [
        "softmaxCrossEntropy_labelSmoothing0.1",
        losses.softmaxCrossEntropy({ labelSmoothing: 0.1 }),
        pred,
        labels,
      ],
      [
        "softmaxCrossEntropy_labelSmoothing0.1",
        losses.softmaxCrossEntropy({ labelSmoothing: 0.1 }),
        pred,
        flat(onehot),
      ],
    ];
    it.each(cases)("%s (%o)", (name, loss, input, targets) => {
      const expected = golden.losses[name];
      const p = matrix(input);
      const out = backend.matrix(p.rows, p.cols);
      expectClose(name, [loss.value(p, targets)], [expected.value], 2e-7, 1e-6);
      expectClose(`${name} gradient`, loss.gradient(p, targets).data, expected.dPred.data, 2e-7, 1e-6);
      expect(loss.valueAndGradient(p, targets, out)).toBe(loss.value(p, targets));
      expectClose(`${name} value and gradient`, out.data, expected.dPred.data, 2e-7, 1e-6);
    });

    it("categoricalCrossEntropy of the softmax, its gradient taken back through the softmax", () => {
      const expected = golden.losses.categoricalCrossEntropyOnProbabilities;
      const p = activate("softmax", matrix(pred));
      const loss = losses.categoricalCrossEntropy();
      for (const targets of [labels, flat(onehot)]) {
        expectClose("value", [loss.value(p, targets)], [expected.value], 2e-7, 1e-6);
        const dp = loss.gradient(p, targets);
        backend.kernels.softmaxBackward(p.pointer, dp.pointer, dp.pointer, p.rows, p.cols);
        expectClose("gradient", dp.data, expected.dPred.data, 3e-7, 2e-6);
      }
    });

    it("softmaxCrossEntropy with class weights as sample weights; PyTorch divides by the sum of the weights, we by the rows", () => {
      const expected = golden.losses.softmaxCrossEntropy_classWeights;
      const sampleWeights = labels.map((label) => golden.losses.classWeights.data[label]);
      const ratio = sampleWeights.reduce((sum, weight) => sum + weight, 0) / labels.length;
      const p = matrix(pred);
      const loss = losses.softmaxCrossEntropy();
      for (const targets of [labels, flat(onehot)]) {
        expectClose(
          "value",
          [loss.value(p, targets, { sampleWeights }) / ratio],
          [expected.value],
          2e-7,
          1e-6,
        );
        const gradient = loss.gradient(p, targets, { sampleWeights });
        expectClose(
          "gradient",
          gradient.data.map((value) => value / ratio),
          expected.dPred.data,
          2e-7,
          1e-6,
        );
      }
    });

    it("has every case", () => {
      const inputs = ["pred", "target", "prob", "binary", "labels", "onehot", "classWeights"];
      const known = [
        ...inputs,
        "categoricalCrossEntropyOnProbabilities",
        "softmaxCrossEntropy_classWeights",
        ...cases.map(([name]) => name),
      ];
      expect(Object.keys(golden.losses).filter((name) => !known.includes(name))).toEqual([]);
    });
  });

  describe("optimizers, the weights after each of 30 steps within 2e-6", () => {
    const cases: Record<string, () => Optimizer> = {
      sgd: () => sgd({ learningRate: 0.05 }),
      sgd_weightDecay: () => sgd({ learningRate: 0.05, weightDecay: 0.02 }),
      momentum: () => sgd({ learningRate: 0.05, momentum: 0.9 }),
      nesterov: () => sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true }),
      adam: () => adam({ learningRate: 0.01 }),
      adam_betas: () => adam({ learningRate: 0.02, beta1: 0.8, beta2: 0.95, epsilon: 1e-6 }),
      adamw: () => adamw({ learningRate: 0.01, weightDecay: 0.1 }),
      amsgrad: () => adam({ learningRate: 0.01, amsgrad: true }),
      nadam: () => nadam({ learningRate: 0.01, momentumDecay: 0 }),
      rmsprop: () => rmsprop({ learningRate: 0.01, rho: 0.9 }),
      rmsprop_momentum: () => rmsprop({ learningRate: 0.01, rho: 0.9, momentum: 0.5 }),
      adagrad: () => adagrad({ learningRate: 0.05 }),
      adadelta: () => adadelta(),
    };
    const path = (optimizer: Optimizer): number[][] => {
      const { theta0, grads } = golden.optimizers;
      const n = theta0.data.length;
      using model = new Network(backend, { inputShape: 1, layers: [dense(n, { useBias: false })] });
      const [{ value, gradient }] = model.parameters;
      value.set(theta0.data);
      optimizer.attach(model);
      return Array.from({ length: grads.shape[0] }, (_, step) => {
        gradient.set(grads.data.slice(step * n, (step + 1) * n));
        optimizer.step();
        return Array.from(value.data);
      });
    };

    it.each(Object.entries(cases))("%s", (name, make) => {
      expectClose(name, path(make()).flat(), golden.optimizers[name].data, 2e-6, 1e-6);
    });

    it("a scaled velocity gives the same path while the rate stays", () => {
      expectClose(
        "momentum",
        path(sgd({ learningRate: 0.05, momentum: 0.9, velocity: "scaled" })).flat(),
        golden.optimizers.momentum.data,
        2e-6,
        1e-6,
      );
      expectClose(
        "nesterov",
        path(sgd({ learningRate: 0.05, momentum: 0.9, velocity: "scaled", nesterov: true })).flat(),
        golden.optimizers.nesterov.data,
        2e-6,
        1e-6,
      );
    });

    it("leaves out none", () => {
      expect(Object.keys(golden.optimizers).filter((name) => !(name in cases))).toEqual(["theta0", "grads"]);
    });
  });

  it("a dense layer: output, and the gradients of input, weight and bias, within 2e-6", () => {
    const { inputs, params, y, upstream, dInputs, dParams } = golden.layers.dense;
    using model = new Network(backend, { inputShape: 13, layers: [dense(7)] });
    const [weight, bias] = model.parameters;
    weight.value.set(transposed(params.weight));
    bias.value.set(params.bias.data);
    const out = model.forward(matrix(inputs[0]), { training: true });
    expectClose("y", out.data, y.data, 2e-6, 1e-6);
    const dx = model.backward(matrix(upstream), { inputGradient: true });
    expectClose("dx", dx?.data ?? [], dInputs[0].data, 2e-6, 1e-6);
    expectClose("dW", weight.gradient.data, transposed(dParams.weight), 2e-6, 1e-6);
    expectClose("db", bias.gradient.data, dParams.bias.data, 2e-6, 1e-6);
  });

  /**
   * 60 steps add up the rounding of each; Adam divides small gradients by their own size, which magnifies it.
   */
  describe("whole trainings: the loss of each of 60 steps within 2e-5, the weights at the end within 1e-4", () => {
    const cases: Record<string, { activation: ActivationName; loss: Loss; optimizer: () => Optimizer }> = {
      tanh_mse_sgd: {
        activation: "tanh",
        loss: losses.meanSquaredError(),
        optimizer: () => sgd({ learningRate: 0.1 }),
      },
      sigmoid_mse_momentum: {
        activation: "sigmoid",
        loss: losses.meanSquaredError(),
        optimizer: () => sgd({ learningRate: 0.1, momentum: 0.9 }),
      },
      relu_crossEntropy_adam: {
        activation: "relu",
        loss: losses.softmaxCrossEntropy(),
        optimizer: () => adam({ learningRate: 0.01 }),
      },
      gelu_crossEntropy_adamw: {
        activation: "gelu",
        loss: losses.softmaxCrossEntropy(),
        optimizer: () => adamw({ learningRate: 0.01, weightDecay: 0.05 }),
      },
    };

    it.each(Object.entries(cases))("%s", (name, { activation, loss, optimizer: make }) => {
      const {
        sizes,
        batch,
        steps,
        X,
        Y,
        init,
        losses: expected,
        final,
      }: TrainingCase = golden.training[name];
      const widths = sizes.slice(1);
      using model = new Network(backend, {
        inputShape: sizes[0],
        layers: widths.map((units, i) =>
          dense(units, { activation: i < widths.length - 1 ? activation : "linear" }),
        ),
      });
      // PyTorch counts an activation as a module of its own: its layers are 0, 2, 4 ...
      const theirs = (ours: string) => ours.replace(/^\d+/, (index) => String(2 * Number(index)));
      const values = (tensors: Record<string, Tensor>, ours: string) =>
        ours.endsWith("weight") ? transposed(tensors[theirs(ours)]) : tensors[theirs(ours)].data;
      for (const { name: ours, value } of model.parameters) value.set(values(init, ours));
      const optimizer = make().attach(model);
      const x = matrix(X);
      const outputs = sizes[sizes.length - 1];
      const dOut = backend.matrix(batch, outputs);
      const history: number[] = [];
      for (let step = 0; step < steps; step++) {
        const at = (step % 4) * batch;
        const target = Array.isArray(Y)
          ? Y.slice(at, at + batch)
          : Float32Array.from(Y.data.slice(at * outputs, (at + batch) * outputs));
        model.zeroGradients();
        history.push(
          loss.valueAndGradient(model.forward(x.rowRange(at, at + batch), { training: true }), target, dOut),
        );
        model.backward(dOut);
        optimizer.step();
      }
      expectClose("losses", history, expected, 2e-5, 2e-5);
      for (const { name: ours, value } of model.parameters)
        expectClose(ours, value.data, values(final, ours), 1e-4, 1e-4);
    });

    it("leaves out none", () => {
      expect(Object.keys(golden.training).filter((name) => name !== "note")).toEqual(Object.keys(cases));
    });
  });

  /** What PyTorch's values are there for and lanewise has not: each is held to them once it exists. */
  it("layers that wait", () => {
    const waiting = Object.keys(golden.layers).filter((name) => name !== "dense");
    expect(waiting).toEqual([
      "conv2d_3x3",
      "conv2d_same",
      "conv2d_stride2",
      "conv2d_5x5",
      "conv2d_dilated",
      "conv2d_depthwise",
      "conv2d_1x1",
      "conv1d",
      "maxPool2d_2",
      "maxPool2d_3s2",
      "avgPool2d_2",
      "globalAvgPool2d",
      "batchNorm1d_train",
      "batchNorm2d_train",
      "batchNorm2d_eval",
      "layerNorm",
      "embedding",
      "rnn",
      "lstm",
      "gru",
      "selfAttention",
      "selfAttention_causal",
    ]);
  });
});
