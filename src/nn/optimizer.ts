import type { Backend } from "../core/backend.js";
import { checkFraction, checkName, checkNumber, checkOptions, checkPositive, show } from "../core/check.js";
import { DisposedError, ValueError } from "../core/errors.js";
import type { Kernels, Pointer } from "../core/kernels.js";
import type { TrainableNetwork } from "./trainable.js";

/** An optimizer's memory: one or two slabs of the layout of the model's parameters. */
type Moments = readonly Pointer[];

/**
 * Updates a model's weights from its gradients. `attach` it to a model, then call `step` after each backward; fit does both. The memory that
 * it needs (momentum, moments) belongs to the model that it is attached to.
 */
export abstract class Optimizer {
  /** @internal The name of its function, for messages. */
  abstract readonly name: string;
  /** Steps taken since it was attached. */
  steps = 0;
  private rate = 0;
  private model: TrainableNetwork | undefined;
  private backend: Backend | undefined;
  private moments: Moments = [];

  /** The learning rate; may be changed between steps. Setting throws ValueError unless above 0. */
  get learningRate(): number {
    return this.rate;
  }

  set learningRate(rate: number) {
    checkPositive(this.name ?? "optimizer", "learningRate", rate);
    this.rate = rate;
  }

  /**
   * Makes the model's parameters the ones that `step` updates, with fresh memory, which another optimizer of that model loses.
   * Attaching to the same model again changes nothing: training goes on.
   * @throws DisposedError, BusyError while fit runs on the model
   */
  attach(model: TrainableNetwork): this {
    if (typeof model?.checkIdle !== "function") throw new ValueError(`${this.name}.attach expected a model, got ${show(model)}`);
    model.check();
    if (this.model === model) return this;
    model.checkIdle(`${this.name}.attach`);
    this.model?.checkIdle(`${this.name}.attach`);
    const { backend, slabLength } = model;
    // New memory first: when there is none, what was attached stays as it is.
    const moments: Pointer[] = [];
    try {
      for (let i = 0; i < this.momentCount; i++) {
        moments.push(backend.allocate(slabLength * 4));
        backend.kernels.zero(moments[i], slabLength);
      }
    } catch (error) {
      for (const slab of moments) backend.release(slab);
      throw error;
    }
    this.detach();
    model.attached?.detach();
    this.moments = moments;
    this.model = model;
    this.backend = backend;
    this.steps = 0;
    this.restart();
    model.attached = this;
    return this;
  }

  /** One update of every parameter. @throws DisposedError when attached to no model, or to one that is gone; BusyError while fit runs */
  step(): void {
    if (!this.model)
      throw new DisposedError(
        `${this.name}.step: attach the optimizer to a model first (it is attached to none, or that one was disposed or given another optimizer)`,
      );
    this.model.check();
    this.model.checkIdle(`${this.name}.step`);
    this.update();
  }

  /** @internal `step` for fit. */
  update(): void {
    const model = this.model as TrainableNetwork;
    this.steps++;
    this.apply(model.backend.kernels, model.weights, model.gradients, this.moments, model.slabLength);
  }

  /** @internal Gives the memory of the model that it is attached to back. */
  detach(): void {
    for (const slab of this.moments) this.backend?.release(slab);
    this.moments = [];
    if (this.model) this.model.attached = undefined;
    this.model = undefined;
  }

  /** How many slabs it needs. */
  protected abstract readonly momentCount: number;
  /** Forgets what it keeps outside the slabs. */
  protected restart(): void {}
  /** One kernel call over the slabs of n floats. */
  protected abstract apply(kernels: Kernels, weights: Pointer, gradients: Pointer, moments: Moments, n: number): void;
}

export interface SgdOptions {
  /** Default 0.01. */
  learningRate?: number;
  /** In [0, 1). Default 0, plain gradient descent. */
  momentum?: number;
  /** Steps from where the momentum leads (Nesterov 1983). Needs a momentum. Default false. */
  nesterov?: boolean;
  /** L2 penalty: this times the weights is added to the gradients. Default 0. */
  weightDecay?: number;
  /**
   * What the velocity holds: "torch", gradients (v = b v + g, w = w - a v), or "scaled", steps (v = b v + a g, w = w - v: "Understanding Neural
   * Networks Through Mathematics"). They differ once the rate changes. Default "torch".
   */
  velocity?: "torch" | "scaled";
}

class Sgd extends Optimizer {
  readonly name = "sgd";
  protected readonly momentCount: number;

  constructor(
    learningRate: number,
    private readonly momentum: number,
    private readonly nesterov: boolean,
    private readonly weightDecay: number,
    private readonly scaled: boolean,
  ) {
    super();
    this.learningRate = learningRate;
    this.momentCount = momentum > 0 ? 1 : 0;
  }

  protected apply(kernels: Kernels, weights: Pointer, gradients: Pointer, moments: Moments, n: number): void {
    const velocity = moments[0];
    const { learningRate, momentum, nesterov, weightDecay, scaled } = this;
    if (velocity === undefined) {
      kernels.sgd(weights, gradients, n, learningRate, weightDecay);
      return;
    }
    const ofVelocity = scaled ? 1 : learningRate;
    kernels.momentum(
      weights,
      gradients,
      velocity,
      n,
      weightDecay,
      scaled ? learningRate : 1,
      momentum,
      nesterov ? learningRate : 0,
      nesterov ? ofVelocity * momentum : ofVelocity,
    );
  }
}

/**
 * Stochastic gradient descent, with momentum (Polyak 1964) or Nesterov's.
 * @throws ValueError for a learning rate not above 0, a momentum outside [0, 1), a negative weight decay, nesterov without momentum
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  checkOptions("sgd", options, ["learningRate", "momentum", "nesterov", "weightDecay", "velocity"]);
  const { learningRate = 0.01, momentum = 0, nesterov = false, weightDecay = 0, velocity = "torch" } = options;
  checkPositive("sgd", "learningRate", learningRate);
  checkFraction("sgd", "momentum", momentum);
  checkNumber("sgd", "weightDecay", weightDecay, 0);
  checkName("sgd", "velocity", velocity, { torch: 0, scaled: 0 });
  if (nesterov && momentum === 0) throw new ValueError("sgd expected a momentum above 0 for nesterov, got 0");
  return new Sgd(learningRate, momentum, nesterov, weightDecay, velocity === "scaled");
}

export interface AdamOptions {
  /** Default 0.001. */
  learningRate?: number;
  /** Decay of the mean of the gradients, in [0, 1). Default 0.9. */
  beta1?: number;
  /** Decay of the mean of their squares, in [0, 1). Default 0.999. */
  beta2?: number;
  /** Added to the root of the second mean. Default 1e-8. */
  epsilon?: number;
  /** adam: L2 penalty, added to the gradients; default 0. adamw: fraction of the weights taken off a step, times the learning rate; default 0.01. */
  weightDecay?: number;
}

class Adam extends Optimizer {
  protected readonly momentCount = 2;
  /** beta^steps, kept by multiplication. */
  private power1 = 1;
  private power2 = 1;

  constructor(
    readonly name: string,
    learningRate: number,
    private readonly beta1: number,
    private readonly beta2: number,
    private readonly epsilon: number,
    private readonly weightDecay: number,
    private readonly decoupled: boolean,
  ) {
    super();
    this.learningRate = learningRate;
  }

  protected override restart(): void {
    this.power1 = 1;
    this.power2 = 1;
  }

  protected apply(kernels: Kernels, weights: Pointer, gradients: Pointer, moments: Moments, n: number): void {
    const { learningRate, beta1, beta2, epsilon, weightDecay, decoupled } = this;
    this.power1 *= beta1;
    this.power2 *= beta2;
    const correction = Math.sqrt(1 - this.power2);
    const rate = (learningRate * correction) / (1 - this.power1);
    const keep = decoupled ? 1 - learningRate * weightDecay : 1;
    kernels.adam(weights, gradients, moments[0], moments[1], n, decoupled ? 0 : weightDecay, keep, rate, 1 - beta1, 1 - beta2, epsilon * correction);
  }
}

function makeAdam(name: "adam" | "adamw", options: AdamOptions): Optimizer {
  checkOptions(name, options, ["learningRate", "beta1", "beta2", "epsilon", "weightDecay"]);
  const { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = name === "adamw" ? 0.01 : 0 } = options;
  checkPositive(name, "learningRate", learningRate);
  checkFraction(name, "beta1", beta1);
  checkFraction(name, "beta2", beta2);
  checkPositive(name, "epsilon", epsilon);
  checkNumber(name, "weightDecay", weightDecay, 0);
  return new Adam(name, learningRate, beta1, beta2, epsilon, weightDecay, name === "adamw");
}

/** Adam (Kingma and Ba 2015; "Understanding Neural Networks Through Mathematics"). @throws ValueError for options out of range */
export function adam(options: AdamOptions = {}): Optimizer {
  return makeAdam("adam", options);
}

/** Adam with decoupled weight decay (Loshchilov and Hutter 2019). @throws ValueError for options out of range */
export function adamw(options: AdamOptions = {}): Optimizer {
  return makeAdam("adamw", options);
}

const optimizers = { sgd, adam, adamw };

/** An optimizer with its defaults, by name. */
export type OptimizerName = keyof typeof optimizers;

/** @internal @throws ValueError for an unknown name, with the list of the known ones */
export function optimizerFrom(who: string, optimizer: unknown): Optimizer {
  if (optimizer instanceof Optimizer) return optimizer;
  if (typeof optimizer !== "string") throw new ValueError(`${who} expected optimizer to be adam(...), another optimizer or its name, got ${show(optimizer)}`);
  checkName(who, "optimizer", optimizer, optimizers);
  return optimizers[optimizer]();
}
