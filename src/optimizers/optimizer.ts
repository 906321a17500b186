import { checkCount, checkNumbers, checkPositive, show } from "../core/check.js";
import type { NamedConfig } from "../core/describe.js";
import { DisposedError, ValueError } from "../core/errors.js";
import type { Kernels, Pointer } from "../core/kernels.js";
import { type Lease, weakly } from "../core/lease.js";
import type { Backend } from "../matrix/backend.js";
import { normOf } from "../network/norm.js";
import type { AnyNetwork } from "../network/trainable.js";
import { NonFiniteError } from "../network/training-errors.js";
import { checkGroups, groupToConfig, type ParameterGroup, type Range, rangesOf } from "./parameter-groups.js";
import { Schedule, type ScheduleState } from "./schedule.js";
import { withDefaults } from "./settings.js";

/** An optimizer's memory: slabs of the layout of the model's parameters. */
export type Moments = readonly Pointer[];

/** The options of every optimizer. */
export interface OptimizerOptions {
  /** A number above 0, or one of `schedules`. */
  learningRate?: number | Schedule;
  /**
   * L2 penalty: this times the weights is added to the gradients. Of adamw and lion it is decoupled: the
   * fraction of the weights, times the learning rate, that a step takes off.
   */
  weightDecay?: number;
  /** Gradients are brought into [-clipValue, clipValue] before each step. */
  clipValue?: number;
  /**
   * Gradients are scaled down before each step where the norm of all of them together is larger (Pascanu,
   * Mikolov and Bengio 2013).
   */
  clipNorm?: number;
  /**
   * Parameters with a learning rate or weight decay of their own. One that is in several belongs to the
   * first.
   */
  groups?: readonly ParameterGroup[];
}

/** @internal The options that not every optimizer has, of which optimizers hold all. */
export type SettingsOf<Options> = Required<Omit<Options, keyof OptimizerOptions>>;

/** The options that every optimizer has, with their defaults. */
interface CommonSettings {
  readonly weightDecay: number;
  readonly clipValue: number | null;
  readonly clipNorm: number | null;
  readonly groups: readonly ParameterGroup[];
}

/** A power of two: multiplying by it loses no digit. */
const LEAST_FACTOR = 1 / (4_294_967_296 * 4_294_967_296);

/** The square root of the largest float32. */
const MOST_ROOT = 1.844674e19;

/** The parameter with the largest gradient, and its magnitude: NaN if one is. */
function largestGradient(model: AnyNetwork): { name: string; size: number } {
  let most = { name: "", size: -1 };
  for (const { name, gradient } of model.parameters)
    for (const value of gradient.data) {
      const size = Math.abs(value);
      if (!(size <= most.size) && !Number.isNaN(most.size)) most = { name, size };
    }
  return most;
}

/** The state of an optimizer beside its slabs, as JSON that keeps every bit. */
export interface OptimizerState {
  readonly steps: number;
  /** Products over the steps. */
  readonly powers: readonly number[];
  readonly schedule?: ScheduleState;
}

/**
 * Updates a model's weights from its gradients. `attach` it to a model, then call `step` after each backward;
 * fit does both. The memory that it needs (momentum, moments) is given back with the model that it is
 * attached to, when another one is attached, or when the optimizer itself is dropped. It does not keep the
 * model alive; the model keeps the optimizer of its last fit.
 *
 * @example
 * const model = new Sequential(backend, { inputShape: 1, seed: 1, layers: [dense(1)] });
 * const optimizer = sgd({ learningRate: 0.1 }).attach(model);
 * const loss = losses.meanSquaredError();
 * for (let i = 0; i < 300; i++) {
 *   const output = model.forward([1, 2], { training: true });
 *   model.backward(loss.gradient(output, [3, 5]));
 *   optimizer.step();
 *   model.zeroGradients();
 * }
 * console.log(model.predict([3])[0].toFixed(1)); // 7.0
 */
export abstract class Optimizer<Settings extends object = object> {
  /** Steps taken since it was attached. */
  steps = 0;
  /** @internal What it needs a slab for, each by its name. */
  abstract readonly slabs: readonly string[];
  protected readonly settings: Settings & CommonSettings;
  /** Products over the steps, such as beta^steps, kept by multiplication in float64. */
  protected powers: number[] = [];
  private rate: number | Schedule;
  private scheduleState: ScheduleState | undefined;
  private weakModel: { deref(): AnyNetwork | undefined } | undefined;
  private lease: Lease | undefined;
  private moments: Moments = [];
  private ranges: readonly (Range & { readonly moments: Moments })[] = [];

  /** @internal `name` is that of its function; `powerCount` how many products it keeps. */
  constructor(
    readonly name: string,
    options: OptimizerOptions,
    defaults: Settings & { learningRate: number; weightDecay: number },
    private readonly powerCount = 0,
  ) {
    const { learningRate = defaults.learningRate } = options ?? {};
    const given = learningRate instanceof Schedule ? { ...options, learningRate: 1 } : options;
    this.settings = withDefaults(name, given, {
      ...defaults,
      clipValue: null,
      clipNorm: null,
      groups: [],
    }) as Settings & CommonSettings;
    this.rate = learningRate;
    const { clipValue, clipNorm, groups } = this.settings;
    if (clipValue && clipNorm) throw new ValueError(`${name} expected clipValue or clipNorm, got both`);
    checkGroups(name, groups);
  }

  /**
   * The learning rate of the next step. May be set between steps, to a number or a schedule; throws
   * ValueError unless above 0.
   */
  get learningRate(): number {
    const { rate } = this;
    return typeof rate === "number" ? rate : rate.rate(this.steps, this.scheduleState);
  }

  set learningRate(rate: number | Schedule) {
    if (!(rate instanceof Schedule)) checkPositive(this.name, "learningRate", rate);
    this.rate = rate;
    this.scheduleState = undefined;
  }

  /**
   * The name and all options as JSON, for `optimizerFrom`. @throws ValueError for a group whose parameters
   * are a function
   */
  get config(): NamedConfig {
    const { name, settings, rate } = this;
    return {
      name,
      ...settings,
      learningRate: typeof rate === "number" ? rate : rate.toJSON(),
      groups: settings.groups.map((group) => groupToConfig(name, group)),
    };
  }

  /** @internal Whether it is of the same kind and has the same settings as another one. */
  isLike(other: Optimizer): boolean {
    const words = ({ name, settings, rate }: Optimizer) => JSON.stringify([name, settings, rate]);
    return this.constructor === other.constructor && words(this) === words(other);
  }

  /** @internal What it remembers beside its slabs. */
  get state(): OptimizerState {
    return { steps: this.steps, powers: [...this.powers], schedule: this.scheduleState };
  }

  /**
   * @internal Goes on from a state; the slabs are the caller's to fill. @throws ValueError for a state of
   * another optimizer; DisposedError when not attached
   */
  restoreState({ steps, powers, schedule }: OptimizerState): void {
    const who = `${this.name}.restoreState`;
    this.checkAttached(who);
    checkCount(who, "steps", steps, 0);
    checkNumbers(who, "powers", powers);
    if (powers.length !== this.powerCount)
      throw new ValueError(`${who} expected ${this.powerCount} powers, got ${powers.length}`);
    this.steps = steps;
    this.powers = [...powers];
    this.scheduleState = schedule;
  }

  /** @internal The slabs that it has now, of the layout of the weights. */
  get memory(): { readonly name: string; readonly address: Pointer }[] {
    const moments = this.model ? this.moments : [];
    return moments.map((address, i) => ({ name: this.slabs[i], address }));
  }

  /**
   * Makes the model's parameters the ones that `step` updates, with fresh memory, which another optimizer of
   * that model loses. Attaching to the same model again changes nothing: training continues.
   * @throws DisposedError, BusyError while fit runs on the model, ValueError for a group that the model has
   * no parameters for
   */
  attach(model: AnyNetwork): this {
    if (typeof model?.checkIdle !== "function")
      throw new ValueError(`${this.name}.attach expected a model, got ${show(model)}`);
    model.check();
    if (this.model === model) return this;
    model.checkIdle(`${this.name}.attach`);
    this.model?.checkIdle(`${this.name}.attach`);
    const { backend, slabLength, lease: ofModel } = model;
    const ranges = rangesOf(this.name, this.settings.groups, model.weights.layout, this.settings.weightDecay);
    // New memory first: when there is none, what was attached stays as it is.
    const lease = backend.lease(this, ofModel);
    let moments: Pointer[];
    try {
      moments = this.slabs.map(() => lease.allocate(slabLength * 4));
    } catch (error) {
      lease.end();
      throw error;
    }
    for (const slab of moments) backend.kernels.zero(slab, slabLength);
    const before = this.model;
    if (before) before.fitted = undefined;
    this.lease?.end();
    model.optimizerLease?.end();
    model.fitted = undefined;
    this.lease = lease;
    model.optimizerLease = lease;
    this.weakModel = weakly(model);
    this.moments = moments;
    this.ranges = ranges.map((range) => ({
      ...range,
      moments: moments.map((slab) => slab + range.begin * 4),
    }));
    this.steps = 0;
    this.powers = new Array(this.powerCount).fill(1);
    this.scheduleState = undefined;
    return this;
  }

  /**
   * One update of every parameter. @throws DisposedError when attached to no model, or to one that was
   * disposed or dropped; BusyError while fit runs; NonFiniteError, with the weights before the step, for a
   * gradient that is NaN or infinite or, where squares of gradients are kept, has a square that is
   */
  step(): void {
    const who = `${this.name}.step`;
    const model = this.checkAttached(who);
    model.check();
    model.checkIdle(who);
    const kernels = model.backend.kernelsFor(model.slabLength);
    if (!this.canTake(kernels, model.gradients.slab, model.slabLength))
      throw new NonFiniteError(
        kernels.firstNonFinite(model.gradients.slab, model.slabLength) < 0
          ? `${who}: ${this.tooLarge(model)}; the weights are those before this step. Scale the inputs and targets to around 1, or set clipNorm of ${this.name} to 1`
          : `${who}: a gradient is NaN or infinite${this.settings.clipNorm ? ", so that clipNorm cannot scale it" : ""}; the weights are those before this step. Scale the inputs, or lower the learning rate, now ${this.learningRate}`,
      );
    this.update(model);
  }

  /**
   * @internal Whether it can take a step along these gradients: finite ones and, where it keeps their squares
   * and does not clip them, ones whose squares are finite.
   */
  canTake(kernels: Kernels, gradients: Pointer, n: number): boolean {
    const largest = kernels.largestMagnitude(gradients, n);
    const most = this.clips || !this.keepsSquares ? largest : Math.fround(largest * largest);
    return most < Number.POSITIVE_INFINITY;
  }

  /** @internal Describes the gradient that is too large to be squared. */
  tooLarge(model: AnyNetwork): string {
    const { name, size } = largestGradient(model);
    return `the gradient of ${name} is ${Number(size.toPrecision(3))}, and ${this.name} keeps squares of gradients, which are infinite above ${MOST_ROOT.toPrecision(2)}`;
  }

  private get keepsSquares(): boolean {
    return this.slabs.includes("square");
  }

  /** @internal `step` for fit, which has checked that `model` is the one that it is attached to. */
  update(model: AnyNetwork): void {
    const { backend, slabLength } = model;
    const gradients = model.gradients.slab;
    const weights = model.weights.slab;
    const kernels = backend.kernelsFor(slabLength);
    model.regularize();
    this.clip(backend, gradients, slabLength);
    const rate = this.learningRate;
    this.steps++;
    this.advance();
    for (const { begin, length, moments, rateFactor, weightDecay } of this.ranges)
      this.apply(
        kernels,
        weights + begin * 4,
        gradients + begin * 4,
        moments,
        length,
        rate * rateFactor,
        weightDecay,
      );
    model.constrain();
  }

  /**
   * @internal Passes the log of a finished epoch to a schedule that uses it. @throws ValueError when the log
   * has not what it looks at
   */
  observe(log: object): void {
    if (this.rate instanceof Schedule)
      this.scheduleState = this.rate.observe?.(log as Record<string, unknown>, this.scheduleState);
  }

  /** @internal What a schedule that looks at the epochs looks at, and what it is called. */
  get watches(): { readonly who: string; readonly monitor: string } | undefined {
    const { rate } = this;
    return rate instanceof Schedule && rate.monitor !== undefined
      ? { who: rate.type, monitor: rate.monitor }
      : undefined;
  }

  /** @internal Whether it clips gradients. */
  get clips(): boolean {
    return this.settings.clipValue !== null || this.settings.clipNorm !== null;
  }

  /** @internal The model that it is attached to, as long as that is alive. */
  get model(): AnyNetwork | undefined {
    return this.lease?.ended ? undefined : this.weakModel?.deref();
  }

  private checkAttached(who: string): AnyNetwork {
    const { model } = this;
    if (model) return model;
    throw new DisposedError(
      `${who}: attach the optimizer to a model first (it is attached to none, or that one was disposed, dropped or given another optimizer)`,
    );
  }

  /** @throws NonFiniteError for gradients that have no norm to be clipped to */
  private clip(backend: Backend, gradients: Pointer, n: number): void {
    const { kernels } = backend;
    const { clipValue, clipNorm } = this.settings;
    if (clipValue) kernels.clip(gradients, n, clipValue);
    if (!clipNorm) return;
    const norm = normOf(kernels.sumOfSquares(gradients, n), clipNorm, () => backend.floats(gradients, n));
    if (!Number.isFinite(norm))
      throw new NonFiniteError(
        `${this.name}.step: a gradient is NaN or infinite, so that clipNorm cannot scale it; the weights are those before this step. Scale the inputs, or lower the learning rate, now ${this.learningRate}`,
      );
    let factor = clipNorm / norm;
    if (factor >= 1) return;
    // Below this, float32 has fewer digits for the factor.
    if (factor < LEAST_FACTOR) {
      kernels.scale(gradients, gradients, n, LEAST_FACTOR);
      factor /= LEAST_FACTOR;
    }
    kernels.scale(gradients, gradients, n, factor);
  }

  /** Brings `powers` to the step that begins, once before its kernel calls. */
  protected advance(): void {}
  /** One kernel call over n floats of each slab. */
  protected abstract apply(
    kernels: Kernels,
    weights: Pointer,
    gradients: Pointer,
    moments: Moments,
    n: number,
    learningRate: number,
    weightDecay: number,
  ): void;
}
