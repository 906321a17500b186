import { ValueError } from "../core/errors.js";
import type { Host } from "../core/host.js";
import type { Pointer } from "../core/kernels.js";
import type { Lease } from "../core/lease.js";
import type { Plan } from "../graph/plan.js";
import { sizeOf } from "../graph/value.js";
import type { BufferSpec, ParameterSpec, Registry } from "../layers/scope.js";
import { Layout } from "./layout.js";

/** A tensor with its address. */
export interface TensorPlace {
  readonly name: string;
  readonly shape: readonly number[];
  readonly address: Pointer;
}

/** A tensor with the index of its declaration, which its first values depend on. */
interface Learned extends ParameterSpec {
  readonly index: number;
}

/**
 * The tensors of a model in one block of memory: first the slab of what it learns by gradients, then that of
 * what it keeps: buffers, of which training may change some, and the parameters of layers that are not
 * trainable.
 */
export class Weights {
  /** What is learned by gradients. */
  readonly layout: Layout;
  /** What is not. */
  readonly fixedLayout: Layout;
  /** The address of the slab that is learned by gradients. */
  readonly slab: Pointer;
  private readonly fixedSlab: Pointer;
  readonly learned: readonly Learned[];
  private readonly frozen: readonly Learned[];
  private readonly buffers: readonly BufferSpec[];
  private readonly addresses = new Map<string, Pointer>();

  /** Tensors of zeros. @throws OutOfMemoryError */
  constructor(
    private readonly backend: Host,
    lease: Lease,
    { parameters, buffers }: Registry,
  ) {
    const all = [...parameters.values()].map(({ spec, trainable }, index) => ({ ...spec, index, trainable }));
    this.learned = all.filter(({ trainable }) => trainable);
    this.frozen = all.filter(({ trainable }) => !trainable);
    this.buffers = [...buffers.values()].map(({ spec }) => spec);
    this.layout = new Layout(this.learned);
    this.fixedLayout = new Layout([...this.buffers, ...this.frozen]);
    this.slab = lease.allocate(this.length * 4);
    this.fixedSlab = this.slab + this.layout.length * 4;
    backend.floats(this.slab, this.length).fill(0);
    for (const { name, address } of this.tensors) this.addresses.set(name, address);
  }

  /** Floats of all tensors. */
  get length(): number {
    return this.layout.length + this.fixedLayout.length;
  }

  /** Every tensor, the learned ones first. */
  get tensors(): TensorPlace[] {
    return [...places(this.layout, this.slab), ...places(this.fixedLayout, this.fixedSlab)];
  }

  /** The tensors that are not learned by gradients. */
  get fixed(): TensorPlace[] {
    return places(this.fixedLayout, this.fixedSlab);
  }

  /** The parameters in the order of their declaration, those that training does not change too. */
  get parameters(): TensorPlace[] {
    return [...this.learned, ...this.frozen]
      .sort((a, b) => a.index - b.index)
      .map(({ name, shape }) => ({ name, shape, address: this.address(name) }));
  }

  /** The buffers that training changes, in the order of their declaration. */
  get trainedBuffers(): TensorPlace[] {
    return this.buffers
      .filter(({ isTrained }) => isTrained)
      .map(({ name, shape }) => ({ name, shape, address: this.address(name) }));
  }

  /** The number of values of layers that are not trainable. */
  get frozenCount(): number {
    return this.frozen.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  }

  /** Fills in the first values, which depend on the seed. */
  initialize(seed: number): void {
    const { backend } = this;
    for (const { initialize, name, shape, index } of [...this.learned, ...this.frozen])
      initialize?.(backend, this.address(name), sizeOf(shape), seed, index);
    for (const { initial, name, shape } of this.buffers)
      backend.floats(this.address(name), sizeOf(shape)).set(initial);
  }

  /**
   * Tells a plan where the tensors of its graph are. @throws ValueError for a composed layer that declares
   * others in training than in predicting
   */
  place(plan: Plan, { parameters, buffers }: Registry): void {
    const all = [...parameters, ...buffers];
    const other =
      all.find(([name]) => !this.addresses.has(name))?.[0] ??
      [...this.addresses.keys()].find((name) => !parameters.has(name) && !buffers.has(name));
    if (other !== undefined)
      throw new ValueError(
        `network expected the same tensors in training as in predicting, got ${other} in only one of them; in compose(), declare the same parameters and apply the same layers whether \`training\` is true or not`,
      );
    for (const [name, { value }] of all) plan.set(value, this.address(name));
  }

  /** The name of a tensor that has another shape in a graph. */
  otherShape({ parameters, buffers }: Registry): string | undefined {
    const shapes = new Map(this.tensors.map(({ name, shape }) => [name, shape.join()]));
    return [...parameters, ...buffers].find(
      ([name, { spec }]) => shapes.get(name) !== spec.shape.join(),
    )?.[0];
  }

  private address(name: string): Pointer {
    return this.addresses.get(name) as Pointer;
  }
}

const places = ({ tensors, offsets }: Layout, slab: Pointer): TensorPlace[] =>
  tensors.map(({ name, shape }, i) => ({ name, shape, address: slab + offsets[i] * 4 }));
