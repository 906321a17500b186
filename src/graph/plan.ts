import type { Host } from "../core/host.js";
import type { Kernels, Pointer } from "../core/kernels.js";
import type { Gauge, Threads } from "../core/threads.js";
import { Arena } from "./arena.js";
import { lossOp } from "./differentiate.js";
import type { Graph, Node, Step } from "./graph.js";
import { type Liveness, livenessOf, neededNodes } from "./liveness.js";
import { place, type Region } from "./place.js";
import type { Value } from "./value.js";

export interface PlanOptions {
  /** Values that are read after the last step. Nodes that nothing kept and no gradient needs do not run. */
  readonly keep: readonly Value[];
  /** Inputs and output gradients that the plan has memory for. The owner may still set other addresses. */
  readonly room?: readonly Value[];
  /** Memory that several plans share, of which one runs at a time. Default: an arena of its own. */
  readonly arena?: Arena;
}

const nothing: Step = () => {};

/**
 * The steps of a graph with the memory that they work in. Bound once: afterwards only the table of addresses
 * changes. A step allocates nothing.
 *
 *   plan.set(weight, address)                   once, and whenever it moves
 *   plan.reserve(rows)                          before each run; does nothing if there is room
 *   plan.set(x, address)
 *   plan.run(0, plan.forward, rows)
 *   …the loss writes the gradients of the outputs…
 *   plan.run(plan.forward, plan.updates, rows)
 *   plan.run(plan.updates, plan.steps.length, rows)         the updates of buffers
 */
export class Plan {
  /** Addresses by the ids of the values, then those of the nodes' scratch, then those of their records. */
  readonly at: Uint32Array;
  readonly steps: Step[];
  /** The same steps with calls that are divided among threads; empty without threads. */
  private readonly divided: readonly Step[];
  /** By the step at which a run begins and the size of its batch. */
  private readonly gauges = new Map<number, Gauge>();
  /** The step at which the backward half begins; that of the updates if there is none. */
  readonly forward: number;
  /** The step at which the updates of buffers begin; the number of steps if there are none. */
  readonly updates: number;
  /** Multiply-adds of one sample, forward and backward. */
  readonly work: number;
  readonly arena: Arena;
  readonly liveness: Liveness;
  /** The number of values, whose addresses come first in `at`. */
  readonly values: number;
  /** The samples that there is room for; -1 before the first reserve. */
  capacity = -1;
  /** Bytes of the arena that this plan uses. */
  bytes = 0;
  /** By step, what its kernel reads from memory beside values. */
  private readonly records: readonly (readonly number[])[];
  /** Where the homes, then the nodes' scratch begin in the arena. */
  private offsets: readonly number[] = [];
  private moves = -1;

  constructor(
    private readonly backend: Host,
    readonly graph: Graph,
    { keep, room = [], arena = new Arena(backend) }: PlanOptions,
  ) {
    this.arena = arena;
    this.liveness = livenessOf(graph, keep, room);
    const { nodes } = this.liveness;
    const { direct, divided } = backend;
    const { length } = graph.values;
    const at = new Uint32Array(length + 2 * nodes.length);
    this.at = at;
    this.values = length;
    const bind = (kernels: Kernels) =>
      nodes.map((node, i) => {
        const [scratch, record] = [length + i, length + nodes.length + i];
        return node.op.bind?.(node, { backend, kernels, at, scratch, record }) ?? nothing;
      });
    this.steps = bind(direct);
    this.divided = divided ? bind(divided.queued) : [];
    this.records = nodes.map((node) => node.op.record?.(node) ?? []);
    const loss = nodes.findIndex(({ op }) => op === lossOp);
    this.updates = nodes.length - graph.updates.length;
    this.forward = loss < 0 ? this.updates : loss;
    this.work = nodes.reduce((sum, node) => sum + (node.op.work?.(node) ?? node.outputs[0].size), 0);
  }

  /** Sets the address of a value that the plan has no memory for. */
  set(value: Value, address: Pointer): void {
    this.at[value.id] = address;
  }

  /** Where a value is. That of an activation changes when `reserve` returns true. */
  address(value: Value): Pointer {
    return this.at[value.id];
  }

  /** Where the plan has memory for an input, after `reserve`: `set` it to another address or copy to it. */
  room({ id }: Value): Pointer {
    return this.arena.address + this.offsets[this.liveness.homeOf[id]];
  }

  /** By step, whether it serves only `values`, and neither `others` nor a gradient of a parameter. */
  onlyFor(values: readonly Value[], others: readonly Value[]): boolean[] {
    const { nodes } = this.liveness;
    const needed = new Set(neededNodes(this.graph, others));
    return nodes.map((node) => values.length > 0 && !needed.has(node));
  }

  /**
   * Reserves memory for batches of up to `rows` samples. True if values moved: what was in them is lost.
   * @throws OutOfMemoryError; nothing has changed then
   */
  reserve(rows: number): boolean {
    if (rows <= this.capacity && this.moves === this.arena.moves) return false;
    const capacity = Math.max(rows, this.capacity);
    const { offsets, bytes } =
      capacity > this.capacity ? place(this.regions(capacity)) : { offsets: this.offsets, bytes: this.bytes };
    this.reserveForThreads(capacity);
    this.arena.reserve(bytes);
    if (this.moves !== this.arena.moves) this.writeRecords();
    const { address } = this.arena;
    const { homes, homeOf, nodes } = this.liveness;
    const scratch = this.values;
    for (let id = 0; id < scratch; id++) if (homeOf[id] >= 0) this.at[id] = address + offsets[homeOf[id]];
    for (let i = 0; i < nodes.length; i++) this.at[scratch + i] = address + offsets[homes.length + i];
    this.offsets = offsets;
    this.bytes = bytes;
    this.capacity = capacity;
    this.moves = this.arena.moves;
    return true;
  }

  /**
   * Runs steps `from` to `to` - 1 for `rows` samples, at most the capacity, without those of which `without`
   * is true.
   */
  run(from: number, to: number, rows: number, without?: readonly boolean[]): void {
    const threads = this.backend.divided;
    const nanoseconds = this.work * rows * NANOSECONDS;
    if (threads && nanoseconds > LEAST && to > from && from !== this.updates) {
      threads.run(this.gauge(threads, from, rows, nanoseconds), rows, (divides) =>
        runSteps(divides ? this.divided : this.steps, from, to, rows, without),
      );
    } else runSteps(this.steps, from, to, rows, without);
  }

  /** The gauge of a run: one for batches of about this size. */
  private gauge(threads: Threads, from: number, rows: number, nanoseconds: number): Gauge {
    const key = from * 32 + Math.clz32(rows);
    const gauge = this.gauges.get(key) ?? threads.gauge(nanoseconds);
    this.gauges.set(key, gauge);
    return gauge;
  }

  /** The node of a step. */
  node(step: number): Node {
    return this.liveness.nodes[step];
  }

  /**
   * The bytes of forward values that the loss and the backward pass read, for `rows` samples. All of
   * them are in memory at the loss: no order of the operations needs less. 0 without backward.
   */
  bytesKept(rows: number): number {
    const { nodes, homeOf } = this.liveness;
    const later = nodes.slice(this.forward, this.updates);
    const own = new Set(later.flatMap(({ outputs }) => outputs.map(({ id }) => id)));
    const read = new Map(later.flatMap(({ inputs }) => inputs.map((value) => [value.id, value] as const)));
    let bytes = 0;
    for (const [id, { size, batched }] of read)
      if (homeOf[id] >= 0 && !own.has(id)) bytes += size * (batched ? rows : 1) * 4;
    return bytes;
  }

  /** Puts the records side by side into a block of the arena. @throws OutOfMemoryError */
  private writeRecords(): void {
    const words = this.records.flat();
    if (words.length === 0) return;
    let address = this.arena.keep(4 * words.length);
    this.backend.integers(address, words.length).set(words);
    this.records.forEach(({ length }, i) => {
      this.at[this.values + this.records.length + i] = address;
      address += 4 * length;
    });
  }

  /** Every thread needs a workspace as large as the largest of a step. @throws OutOfMemoryError */
  private reserveForThreads(rows: number): void {
    const { direct, divided } = this.backend;
    const { nodes } = this.liveness;
    divided?.reserve(Math.max(0, ...nodes.map((node) => node.op.scratch?.(node, rows, direct) ?? 0)));
  }

  /** The memory regions of homes, then of the nodes' scratch, for this number of samples. */
  regions(rows: number): Region[] {
    const { nodes, homes } = this.liveness;
    const { direct: kernels } = this.backend;
    return [
      ...homes.map(({ value, from, to }) => ({
        bytes: aligned(value.size * (value.batched ? rows : 1) * 4),
        from,
        to,
      })),
      ...nodes.map((node, i) => ({
        bytes: aligned(node.op.scratch?.(node, rows, kernels) ?? 0),
        from: i,
        to: i,
      })),
    ];
  }
}

/** A multiply-add of a plan takes about this long; a run that is shorter than LEAST is not worth dividing. */
const NANOSECONDS = 0.1;
const LEAST = 30_000;

function runSteps(
  steps: readonly Step[],
  from: number,
  to: number,
  rows: number,
  without: readonly boolean[] | undefined,
): void {
  for (let i = from; i < to; i++) if (!without?.[i]) steps[i](rows);
}

/** To multiples of 16 bytes. */
const aligned = (bytes: number): number => Math.ceil(bytes / 16) * 16;
