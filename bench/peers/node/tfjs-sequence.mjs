// The networks of sequences in TensorFlow.js, with the weights of the reference: in its layers, which have an
// LSTM and an embedding, and in its operations.
import { asEpochs, encodedOf, layersOfFile, sequencesOf, targetsOf, tensorsOfFile } from "./harness.mjs";

/** The layers of a SequenceNet. Its GRU resets before the product, so it is another one than PyTorch's. */
const layersOf = {
  embedding: ({ layers }, { vocabulary, units }) =>
    layers.embedding({ inputDim: vocabulary, outputDim: units }),
  lstm: ({ layers }, { units, sequences = false }) =>
    layers.lstm({
      units,
      returnSequences: sequences,
      recurrentActivation: "sigmoid",
      // Its default needs operations that only the package with everything registers.
      recurrentInitializer: "glorotUniform",
    }),
  mean: ({ layers }) => layers.globalAveragePooling1d({}),
  dense: ({ layers }, { units, relu }) => layers.dense({ units, activation: relu ? "relu" : "linear" }),
};

/** The tensors of a layer in the order of TensorFlow.js. */
const ORDER = ["weight", "recurrentWeight", "bias"];

const isKnown = ({ layers }) => layers.every(({ kind }) => kind in layersOf);

function modelOf(tf, library, { input, layers }, { model: file }) {
  const model = library.sequential({
    layers: [
      library.layers.inputLayer({ inputShape: input }),
      ...layers.map((layer) => layersOf[layer.kind](library, layer)),
    ],
  });
  const weights = layersOfFile(file);
  for (const layer of model.layers.filter((layer) => layer.weights.length > 0)) {
    const tensors = weights.shift();
    const ordered = ORDER.filter((name) => name in tensors).map((name) => tensors[name]);
    tf.tidy(() => layer.setWeights(ordered.map(({ values, shape }) => tf.tensor(values, shape))));
  }
  return model;
}

const shapeOf = ({ target, input, outputs }) =>
  target === "tokens" ? [-1, input[0], outputs] : [-1, outputs];

const lossOf = (tf, { target }) =>
  target === "numbers" ? tf.losses.meanSquaredError : tf.losses.softmaxCrossEntropy;

export function trainByLayers(tf, library, { net, reference }) {
  if (!isKnown(net)) return undefined;
  const { x, y } = sequencesOf(net, net.samples);
  const model = modelOf(tf, library, net, reference);
  const loss = lossOf(tf, net);
  model.compile({ optimizer: tf.train.adam(1e-3), loss: (expected, z) => loss(expected, z) });
  const inputs = tf.tensor(x, [net.samples, ...net.input]);
  const targets = tf.reshape(tf.tensor(targetsOf(net, y)), shapeOf(net));
  const run = async (n) => {
    const { epochs, samples, steps } = asEpochs(n, net);
    const [a, b] = [tf.slice(inputs, 0, samples), tf.slice(targets, 0, samples)];
    await model.fit(a, b, { epochs, batchSize: net.batch, verbose: 0 });
    tf.dispose([a, b]);
    return steps;
  };
  const release = () => {
    tf.dispose([inputs, targets]);
    model.dispose();
  };
  return { run, outputs: () => predictedBy(tf, model, net, reference.input), release };
}

const predictedBy = (tf, model, { input }, values) =>
  tf.tidy(() => model.predict(tf.reshape(tf.tensor(values), [-1, ...input])).dataSync());

export function inferByLayers(tf, library, { net, rows, reference }) {
  if (!isKnown(net)) return undefined;
  const model = modelOf(tf, library, net, reference);
  const { x } = sequencesOf(net, rows);
  const run = (n) => {
    for (let i = 0; i < n; i++) predictedBy(tf, model, net, x);
  };
  return { run, outputs: () => predictedBy(tf, model, net, reference.input), release: () => model.dispose() };
}

/** A network of operations. `forward` takes look-ups as tokens, or as encodedOf makes them. */
class Operations {
  constructor(tf, net, { model }) {
    this.tf = tf;
    this.net = net;
    this.variables = new Map(
      tensorsOfFile(model).map(([name, { values, shape }]) => [name, tf.variable(tf.tensor(values, shape))]),
    );
  }

  release() {
    this.tf.dispose([...this.variables.values()]);
  }

  forward(x, isEncoded) {
    const { tf, net } = this;
    return net.layers.reduce((y, layer, at) => {
      const w = (name) => this.variables.get(`${at}.${name}`);
      switch (layer.kind) {
        case "embedding":
          return isEncoded ? this.product(y, w("weight")) : tf.gather(w("weight"), y);
        case "positions":
          return tf.add(y, w("weight"));
        case "lstm":
        case "gru":
          return this.recurrent(y, w, layer);
        case "block":
          return this.block(y, w, layer);
        case "norm":
          return this.norm(y, w("gamma"), w("beta"));
        case "mean":
          return isEncoded ? y : tf.mean(y, 1);
        default: {
          const z = this.dense(y, w("weight"), w("bias"));
          return layer.relu ? tf.relu(z) : z;
        }
      }
    }, x);
  }

  /** x W of the last axis: as one product of two matrices. */
  product(x, weight) {
    const { tf } = this;
    const [inputs, units] = weight.shape;
    const y = tf.matMul(tf.reshape(x, [-1, inputs]), weight);
    return tf.reshape(y, [...x.shape.slice(0, -1), units]);
  }

  dense(x, weight, bias) {
    return this.tf.add(this.product(x, weight), bias);
  }

  norm(x, gamma, beta) {
    const { tf } = this;
    const { mean, variance } = tf.moments(x, -1, true);
    const normal = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5)));
    return tf.add(tf.mul(normal, gamma), beta);
  }

  recurrent(x, w, { kind, units, sequences }) {
    const { tf } = this;
    const [batch] = x.shape;
    const cell = kind === "lstm" ? this.lstmCell : this.gruCell;
    let state = [tf.zeros([batch, units]), tf.zeros([batch, units])];
    const outputs = [];
    for (const step of tf.unstack(this.dense(x, w("weight"), w("bias")), 1)) {
      state = cell.call(this, step, state, w);
      outputs.push(state[0]);
    }
    return sequences ? tf.stack(outputs, 1) : outputs.at(-1);
  }

  lstmCell(step, [h, c], w) {
    const { tf } = this;
    const [i, f, g, o] = tf.split(tf.add(step, tf.matMul(h, w("recurrentWeight"))), 4, -1);
    const next = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
    return [tf.mul(tf.sigmoid(o), tf.tanh(next)), next];
  }

  gruCell(step, [h, c], w) {
    const { tf } = this;
    const [stepR, stepZ, stepN] = tf.split(step, 3, -1);
    const [sumR, sumZ, sumN] = tf.split(this.dense(h, w("recurrentWeight"), w("recurrentBias")), 3, -1);
    const r = tf.sigmoid(tf.add(stepR, sumR));
    const z = tf.sigmoid(tf.add(stepZ, sumZ));
    const n = tf.tanh(tf.add(stepN, tf.mul(r, sumN)));
    return [tf.add(n, tf.mul(z, tf.sub(h, n))), c];
  }

  block(x, w, { heads }) {
    const { tf } = this;
    const [batch, time, units] = x.shape;
    const [q, k, v] = this.queries(x, w).map((part) =>
      tf.transpose(tf.reshape(part, [batch, time, heads, units / heads]), [0, 2, 1, 3]),
    );
    const scores = tf.mul(tf.matMul(q, k, false, true), (units / heads) ** -0.5);
    const weights = tf.softmax(tf.add(scores, this.future(time)));
    const attended = tf.reshape(tf.transpose(tf.matMul(weights, v), [0, 2, 1, 3]), [batch, time, units]);
    return this.feedForward(
      tf.add(x, this.dense(attended, w("attention.output.weight"), w("attention.output.bias"))),
      w,
    );
  }

  queries(x, w) {
    const { tf } = this;
    const normal = this.norm(x, w("norm1.gamma"), w("norm1.beta"));
    const qkv = this.dense(normal, w("attention.queryKeyValue.weight"), w("attention.queryKeyValue.bias"));
    return tf.split(qkv, 3, -1);
  }

  future(time) {
    const { tf } = this;
    const row = tf.range(0, time);
    const isLater = tf.greater(tf.reshape(row, [1, time]), tf.reshape(row, [time, 1]));
    return tf.mul(tf.cast(isLater, "float32"), -1e30);
  }

  feedForward(x, w) {
    const { tf } = this;
    const z = this.dense(
      this.norm(x, w("norm2.gamma"), w("norm2.beta")),
      w("hidden.weight"),
      w("hidden.bias"),
    );
    const gelu = tf.mul(tf.mul(z, 0.5), tf.add(tf.erf(tf.mul(z, Math.SQRT1_2)), 1));
    return tf.add(x, this.dense(gelu, w("output.weight"), w("output.bias")));
  }

  /** The outputs of one token after the other; states, keys and values are kept. */
  steps(tokens) {
    const { tf, net } = this;
    const kept = net.layers.map(() => undefined);
    const outputs = tokens.map((token, t) => {
      const all = tf.tidy(() => {
        const y = net.layers.reduce((y, layer, at) => {
          const w = (name) => this.variables.get(`${at}.${name}`);
          if (layer.kind === "positions") return tf.add(y, tf.slice(w("weight"), [t, 0], [1, -1]));
          if (layer.kind === "lstm") {
            const zeros = () => tf.zeros([1, layer.units]);
            const [h, c] = kept[at] ?? [zeros(), zeros()];
            const next = this.lstmCell(this.dense(y, w("weight"), w("bias")), [h, c], w);
            this.keep(kept, at, next);
            return next[0];
          }
          if (layer.kind === "block") return this.blockStep(y, w, layer, kept, at);
          if (layer.kind === "embedding") return tf.gather(w("weight"), tf.tensor1d([token], "int32"));
          if (layer.kind === "norm") return this.norm(y, w("gamma"), w("beta"));
          return this.dense(y, w("weight"), w("bias"));
        }, undefined);
        return y.dataSync();
      });
      return all;
    });
    tf.dispose(kept.filter(Boolean));
    return outputs;
  }

  keep(kept, at, tensors) {
    const { tf } = this;
    if (kept[at]) tf.dispose(kept[at]);
    kept[at] = tensors.map((tensor) => tf.keep(tensor));
  }

  blockStep(x, w, { heads }, kept, at) {
    const { tf } = this;
    const units = x.shape[1];
    const [q, k, v] = this.queries(x, w).map((part) =>
      tf.transpose(tf.reshape(part, [1, heads, units / heads]), [1, 0, 2]),
    );
    const [keys, values] = kept[at]
      ? [tf.concat([kept[at][0], k], 1), tf.concat([kept[at][1], v], 1)]
      : [k, v];
    this.keep(kept, at, [keys, values]);
    const weights = tf.softmax(tf.mul(tf.matMul(q, keys, false, true), (units / heads) ** -0.5));
    const attended = tf.reshape(tf.matMul(weights, values), [1, units]);
    return this.feedForward(
      tf.add(x, this.dense(attended, w("attention.output.weight"), w("attention.output.bias"))),
      w,
    );
  }
}

const inputOf = (tf, { input, vocabulary }, values) =>
  tf.reshape(tf.tensor(values, [values.length], vocabulary ? "int32" : "float32"), [-1, ...input]);

const outputsOf = (tf, model, net, values) =>
  tf.tidy(() => model.forward(inputOf(tf, net, values)).dataSync());

export function trainByOperations(tf, { net, reference }) {
  const model = new Operations(tf, net, reference);
  const optimizer = tf.train.adam(1e-3);
  const count = net.samples / net.batch;
  const { x, y } = sequencesOf(net, net.samples);
  const targets = targetsOf(net, y);
  const part = (array, i) => array.slice((i * array.length) / count, ((i + 1) * array.length) / count);
  const batches = Array.from({ length: count }, (_, i) => {
    const [values, shape] = encodedOf(net, part(x, i));
    return [tf.reshape(tf.tensor(values), shape), tf.reshape(tf.tensor(part(targets, i)), shapeOf(net))];
  });
  const loss = lossOf(tf, net);
  const run = (n) => {
    for (let step = 0; step < n; step++) {
      const [inputs, expected] = batches[step % count];
      optimizer.minimize(() => loss(expected, model.forward(inputs, true)));
    }
  };
  const release = () => {
    tf.dispose(batches);
    model.release();
  };
  return { run, outputs: () => outputsOf(tf, model, net, reference.input), release };
}

export function inferByOperations(tf, { net, rows, reference }) {
  const model = new Operations(tf, net, reference);
  const { x } = sequencesOf(net, rows);
  const run = (n) => {
    for (let i = 0; i < n; i++) outputsOf(tf, model, net, x);
  };
  return { run, outputs: () => outputsOf(tf, model, net, reference.input), release: () => model.release() };
}

export function stepByOperations(tf, { net, reference }) {
  const model = new Operations(tf, net, reference);
  const tokens = [...sequencesOf(net, 1).x];
  const [time] = net.input;
  const run = (n) => {
    for (let i = 0; i < n; i++) model.steps(tokens);
  };
  const outputs = () => {
    const rows = Array.from({ length: reference.input.length / time }, (_, i) =>
      model.steps(reference.input.slice(i * time, (i + 1) * time)),
    );
    return rows.flat().flatMap((row) => [...row]);
  };
  return { run, outputs, release: () => model.release() };
}
