import { checkOptions } from "../core/check.js";
import { ValueError } from "../core/errors.js";
import { sizeOf } from "../graph/value.js";
import type { Layer } from "../layers/layer.js";
import type { Tensor } from "../layers/tensor.js";
import type { Backend } from "../matrix/backend.js";
import { CHUNK, type Inputs } from "../network/network.js";
import type { ModelOptions, SequentialOptions, Structure } from "../network/structure.js";
import { type AnyNetwork, TrainableNetwork } from "../network/trainable.js";
import type { Optimizer } from "../optimizers/optimizer.js";
import { Dataset } from "../training/batches.js";
import { type EvaluateOptions, type Evaluation, evaluation, talliesOf } from "../training/evaluate.js";
import { fit, parseArguments } from "../training/fit.js";
import type { BatchLog, History } from "../training/log.js";
import { objectiveFrom } from "../training/objective.js";
import type { Batches, FitOptions } from "../training/options.js";
import type { Progress, TargetsOf, TrainedModel } from "../training/state.js";
import { steps } from "../training/steps.js";
import { checkpoint } from "./checkpoint.js";
import { folded } from "./for-inference.js";

/**
 * A model that predicts, trains and is saved: a graph of layers between its inputs and outputs.
 *
 * @example
 * const x = input(8);
 * const h = dense(16, { activation: "relu" }).apply(x);
 * const y = dense(1).apply(add(h, dense(16).apply(h)));
 * const model = new Model(backend, { inputs: x, outputs: y, seed: 7 });
 * console.log(model.parameterCount); // 433
 */
export class Model<Outputs extends Tensor | readonly Tensor[] = Tensor>
  extends TrainableNetwork<Outputs>
  implements TrainedModel
{
  /** @internal */
  progress: Progress = { epoch: 0, history: [], best: undefined };

  /** @throws ValueError, ShapeError, OutOfMemoryError */
  constructor(backend: Backend, options: ModelOptions<Outputs> | SequentialOptions);
  /** @internal */
  constructor(backend: Backend, options: ModelOptions<Outputs> | SequentialOptions | Structure);
  constructor(backend: Backend, options: ModelOptions<Outputs> | SequentialOptions | Structure) {
    super(backend, options);
  }

  /** The layers, in the order of their first use. */
  get layers(): readonly Layer[] {
    return this.structure.layers.map(({ layer }) => layer);
  }

  /**
   * A copy for prediction, of the same outputs up to rounding: each batch normalization behind a dense layer
   * or a convolution without an activation goes into the weights of that layer. The copy has memory of its
   * own. Use it before `saveModel` or an export, too.
   *
   * @example
   * const model = new Sequential(backend, {
   *   inputShape: [32, 32, 3],
   *   layers: [conv2d(16, 3), batchNormalization(), activation("relu"), flatten(), dense(10)],
   * });
   * console.log(model.layers.length, model.forInference().layers.length); // 5 4
   *
   * @throws DisposedError, OutOfMemoryError
   */
  forInference(): Model<Outputs> {
    this.check();
    const { structure, labels } = this;
    const { inputs, outputs, layers, values } = folded(structure);
    const { seed, metadata, encoding } = structure;
    const common = { seed, labels, metadata, ...(encoding && { encoding }) };
    const options = structure.isSequential
      ? { ...common, inputShape: structure.inputs[0].shape, layers }
      : {
          ...common,
          inputs: structure.severalInputs ? inputs : inputs[0],
          outputs: structure.severalOutputs ? outputs : outputs[0],
        };
    const Same = this.constructor as new (backend: Backend, given: typeof options) => Model<Outputs>;
    const copy = new Same(this.backend, options);
    // Not by parameters and buffers, which would make room for gradients in both models.
    const [before, after] = [viewsOf(this), viewsOf(copy)];
    for (const { layer, name } of copy.structure.layers)
      for (const [tensor, numbers] of values(layer, before)) after.get(`${name}.${tensor}`)?.set(numbers);
    return copy;
  }

  /**
   * Trains on mini-batches: each takes one step of the optimizer down the gradient of the loss. x: [rows,
   * ...input shape], for each input; y as `LabelledTargets` says, for each output. Labels that the model does
   * not have yet are learned from y, in the order of their code units, and kept. The data are looked through
   * for NaN and infinity first; up to 256 MiB of them are copied into linear memory once. The event loop gets
   * a turn every few milliseconds. Meanwhile predict and evaluate work, and fit, backward, step and dispose
   * throw a BusyError. Resolves to the logs of the epochs. The result depends on the data, the options, the
   * model and its seed alone, to the bit. A second call trains on: it draws new shuffles, masks and noise,
   * and with the same optimizer two calls of an epoch each give the bits of one call of two.
   * @throws ShapeError, ValueError, BusyError, DisposedError before anything has changed; the signal's reason
   * when that aborts; NonFiniteError when training blows up, with the weights before that batch
   */
  fit(x: Inputs, y: TargetsOf, options: FitOptions): Promise<History>;
  /**
   * The same on batches [x, y] from an iterable or an asynchronous one, for data that do not fit in memory:
   * once around is an epoch. For several epochs pass an array or a function that returns an iterable: a
   * generator gives its batches once.
   */
  fit(batches: Batches, options: FitOptions): Promise<History>;
  fit(x: Inputs | Batches, y: TargetsOf | FitOptions, options?: FitOptions): Promise<History> {
    return fit(this, ...parseArguments(x, y, options));
  }

  /**
   * The loop of fit, one batch at a time: `for await (const log of model.train(x, y, options))` gets the log
   * of each batch, and training waits meanwhile. Leaving the loop ends training after that step. The
   * generator's return value is the history.
   * @throws as fit does
   */
  train(x: Inputs, y: TargetsOf, options: FitOptions): AsyncGenerator<BatchLog, History, void>;
  train(batches: Batches, options: FitOptions): AsyncGenerator<BatchLog, History, void>;
  train(
    x: Inputs | Batches,
    y: TargetsOf | FitOptions,
    options?: FitOptions,
  ): AsyncGenerator<BatchLog, History, void> {
    const [data, given] = parseArguments(x, y, options);
    return steps((onBatchEnd, left) => {
      const signal = given?.signal ? AbortSignal.any([given.signal as AbortSignal, left]) : left;
      return fit(this, data, { ...given, callbacks: [...(given?.callbacks ?? []), { onBatchEnd }], signal });
    });
  }

  /**
   * The loss and the metrics over any number of samples. x: [rows, ...input shape], for each input; y as
   * `LabelledTargets` says, for each output.
   * @throws ShapeError, ValueError, DisposedError
   */
  evaluate(x: Inputs, y: TargetsOf, options: EvaluateOptions): Evaluation {
    this.check();
    const known = ["loss", "lossWeights", "metrics", "sampleWeights", "classWeights"];
    checkOptions("evaluate", options ?? null, known);
    const objective = objectiveFrom("evaluate", this, options);
    const tallies = talliesOf(this, objective);
    const data = new Dataset("evaluate", this, objective.heads, x, y, options);
    if (data.rows === 0) throw new ValueError("evaluate expected at least one sample, got none");
    this.invalidate();
    try {
      data.reserve(Math.min(CHUNK, data.rows), 1);
      for (const _ of evaluation(this, { data, order: 0, begin: 0, end: data.rows }, objective, tallies));
    } finally {
      data.release();
    }
    return tallies.values();
  }

  /**
   * The state of a training by fit as the bytes of a safetensors file: weights and buffers, the state of the
   * optimizer and its schedule, epochs done, history, seed, the best weights so far and, where those have
   * been restored, the last ones. `restoreCheckpoint` continues from it, to the bit. Call it at any
   * time: in every callback, when training is over, and when it was aborted. A checkpoint from the middle of
   * an epoch goes on at its next batch, of as many samples; metrics of that epoch are then those of the
   * batches that were left.
   * @throws ValueError for an optimizer that is not the one attached, or that holds a function; DisposedError
   */
  checkpoint(optimizer: Optimizer): Uint8Array<ArrayBuffer> {
    this.check();
    return checkpoint(this, optimizer);
  }

  /** @internal */
  learnLabels(labels: readonly string[]): void {
    this.names = labels;
  }

  /** @internal */
  restoreBest(): void {
    const { progress } = this;
    const best = progress.best?.tensors;
    if (!best || progress.last) return;
    progress.last = this.tensorValues;
    this.tensorValues = best;
  }

  /** @internal */
  restoreLast(): void {
    const { progress } = this;
    const best = progress.best?.tensors;
    if (progress.last && best && equalBits(best, this.tensorValues)) this.tensorValues = progress.last;
    progress.last = undefined;
  }

  /** @internal */
  override get [Symbol.toStringTag](): string {
    return "Model";
  }
}

/** The tensors by their names, as views of linear memory: they are detached when that grows. */
const viewsOf = ({ backend, tensors }: AnyNetwork) =>
  new Map(tensors.map(({ name, shape, address }) => [name, backend.floats(address, sizeOf(shape))]));

function equalBits(a: Float32Array, b: Float32Array): boolean {
  const [left, right] = [a, b].map(
    ({ buffer, byteOffset, length }) => new Int32Array(buffer, byteOffset, length),
  );
  return left.every((word, i) => word === right[i]);
}
