import { ShapeError, ValueError } from "../core/errors.js";
import type { Pointer } from "../core/kernels.js";
import type { Lease } from "../core/lease.js";
import type { Value } from "../graph/value.js";
import type { TargetPlace } from "../losses/targets.js";
import type { Pass } from "../network/pass.js";
import type { Head, Objective } from "./objective.js";
import type { Portion } from "./portion.js";
import type { BatchSource } from "./sources.js";
import type { TrainedModel } from "./state.js";

/** What a piece has of each target. */
interface Room {
  readonly place: TargetPlace;
  targets: Pointer;
  weights: Pointer;
  counts: Pointer;
}

/**
 * Splits the sequences of a batch into consecutive pieces. Each piece starts from the final states of the
 * previous one, and gradients stop at its start (truncated backpropagation through time, Williams and Peng
 * 1990).
 */
export class Pieces implements Portion {
  readonly count: number;
  readonly pass: Pass;
  readonly objective: Objective;
  readonly targets: readonly TargetPlace[];
  private readonly time: number;
  /** Numbers of a step of the input. */
  private readonly inputs: number;
  private readonly rooms: readonly Room[];
  private readonly lease: Lease;
  /** Whole sequences: where the source puts them, and what a pass is for it. */
  private sequences: Pointer = 0;
  private staged: Pointer = 0;
  private readonly whole: Parameters<BatchSource["stage"]>[0];
  private capacity = 0;
  private states: { readonly before: Value; readonly after: Value; address: Pointer }[] = [];
  private index = 0;

  /** @throws ShapeError, ValueError for a model that cannot go on from piece to piece */
  constructor(
    private readonly model: TrainedModel,
    objective: Objective,
    private readonly steps: number,
  ) {
    const who = "fit: truncatedBackpropagation";
    if (model.inputs.length > 1 || model.outputs.length > 1)
      throw new ValueError(
        `${who} expected a model with one input and one output, got ${model.inputs.length} and ${model.outputs.length}`,
      );
    const [time] = model.inputShape;
    if (model.outputShape.length < 2 || model.outputShape[0] !== time)
      throw new ShapeError(
        `${who} expected an output of a row for each of the ${time} time steps, got [batch, ${model.outputShape.join(", ")}]; give recurrent layers returnSequences: true`,
      );
    if (time % steps !== 0)
      throw new ValueError(
        `${who} expected a number that divides the ${time} time steps of the model, got ${steps}; make the model for ${Math.ceil(time / steps) * steps} steps if samples may be padded`,
      );
    this.time = time;
    this.count = time / steps;
    this.inputs = model.inputSizes[0] / time;
    const { count } = this;
    this.pass = model.trainingPass(objective.fused, false, steps);
    this.objective = { ...objective, heads: objective.heads.map((head) => pieceOf(head, count)) };
    this.rooms = objective.heads.map(() => ({
      place: { values: 0, labels: 0, weights: 0 },
      targets: 0,
      weights: 0,
      counts: 0,
    }));
    this.targets = this.rooms.map(({ place }) => place);
    this.lease = model.backend.lease(this, model.lease);
    this.whole = {
      inputs: this.pass.inputs.map((input) => ({ ...input, size: model.inputSize })),
      plan: {
        room: () => this.sequences,
        address: () => this.staged,
        set: (_, address) => {
          this.staged = address;
        },
      },
    };
  }

  /** Makes room for batches of this size. @throws OutOfMemoryError */
  reserve(size: number): void {
    if (size <= this.capacity) return;
    const { model, lease, inputs, time, pass, objective } = this;
    for (const block of [this.sequences, ...this.states.map(({ address }) => address)])
      if (block) lease.release(block);
    this.sequences = lease.allocate(4 * size * time * inputs);
    this.states = pass.states.map(({ before, after }) => ({
      before,
      after,
      address: lease.allocate(4 * size * before.size),
    }));
    this.rooms.forEach((room, i) => {
      const { each, cols } = objective.heads[i];
      for (const block of [room.targets, room.weights, room.counts]) if (block) lease.release(block);
      room.targets = lease.allocate(4 * size * each * cols);
      room.weights = lease.allocate(4 * size * each);
      room.counts = lease.allocate(4 * size * each);
    });
    this.capacity = size;
    model.reserve(pass, size);
  }

  begin(source: BatchSource, size: number): void {
    this.reserve(size);
    source.stage(this.whole);
    this.index = 0;
    const { kernels } = this.model.backend;
    for (const { before, address } of this.states) {
      kernels.zero(address, size * before.size);
      this.pass.plan.set(before, address);
    }
  }

  /** The next piece begins with the states that this one has ended with. */
  advance(size: number): void {
    const { kernels } = this.model.backend;
    for (const { before, after, address } of this.states) {
      const length = size * before.size;
      kernels.copyRows(this.pass.plan.address(after), address, 1, length, length, length);
    }
    this.index++;
  }

  stage(source: BatchSource, size: number): void {
    const { pass, staged, inputs, objective, rooms } = this;
    const [input] = pass.inputs;
    const at = pass.plan.room(input);
    this.cut(staged, at, size, inputs);
    pass.plan.set(input, at);
    for (const [i, { place, targets, weights }] of rooms.entries()) {
      const { each, cols } = objective.heads[i];
      const { values, labels, weights: given } = source.targets[i];
      place.values = values && targets;
      place.labels = labels && targets;
      this.cut(values || labels, targets, size, ((values ? cols : 1) * each) / this.steps);
      // What weighs whole samples weighs each of their pieces.
      place.weights = each === 1 ? given : given && weights;
      if (given && each > 1) this.cut(given, weights, size, each / this.steps);
    }
  }

  /** As Dataset.weigh does it, for the steps of the piece. */
  weigh(source: BatchSource, output: number, mask: Pointer, size: number): number {
    const { kernels } = this.model.backend;
    const { each } = this.objective.heads[output];
    const { place, counts, weights } = this.rooms[output];
    const real = source.realAt(output);
    const n = size * each;
    if (!mask && !real) return n;
    if (real) {
      this.cut(real, counts, size, each / this.steps);
      if (mask) kernels.hadamard(counts, mask, counts, n);
    }
    const at = real ? counts : mask;
    const counted = kernels.sum(at, n);
    if (place.weights) {
      kernels.hadamard(at, place.weights, weights, n);
      place.weights = weights;
    } else place.weights = at;
    return counted;
  }

  release(): void {
    this.lease.end();
  }

  /** Copies the piece of [size, time, each] numbers to [size, steps, each]. */
  private cut(from: Pointer, to: Pointer, size: number, each: number): void {
    const { steps, time, index, model } = this;
    const cols = steps * each;
    model.backend.kernels.copyRows(from + 4 * index * cols, to, size, cols, time * each, cols);
  }
}

/** An output of a piece: of one of so many. */
function pieceOf(head: Head, count: number): Head {
  const { each, cols, size } = head;
  return {
    ...head,
    size: size / count,
    each: each > 1 ? each / count : 1,
    cols: each > 1 ? cols : cols / count,
  };
}
