import type { Pointer } from "../core/kernels.js";
import type { TargetPlace } from "../losses/targets.js";
import type { Pass } from "../network/pass.js";
import { type Objective, objectiveOn } from "./objective.js";
import type { BatchSource } from "./sources.js";
import type { TrainedModel } from "./state.js";

/** What a step of training takes of a batch: all of it, or one piece of its sequences after the other. */
export interface Portion {
  /** How many a batch has. */
  readonly count: number;
  readonly pass: Pass;
  readonly objective: Objective;
  /** For each output, the targets of the portion that was staged last. */
  readonly targets: readonly TargetPlace[];
  /** Begins a batch of so many samples, to which the source has advanced. */
  begin(source: BatchSource, size: number): void;
  /** Puts the portion where the pass takes it. */
  stage(source: BatchSource, size: number): void;
  /** Weighs its rows: see Dataset.weigh. */
  weigh(source: BatchSource, output: number, mask: Pointer, size: number): number;
  /** Goes on to the next portion, after a pass through this one. */
  advance(size: number): void;
}

/** A pass, and the objective on its outputs. */
interface Way {
  readonly pass: Pass;
  readonly objective: Objective;
}

/** The whole of a batch, on a plan as long as its longest sample. */
export class Whole implements Portion {
  readonly count = 1;
  private source: BatchSource | undefined;
  private way: Way;
  private readonly ways = new Map<number | undefined, Way>();

  /** `length`: that of the longest batch. */
  constructor(
    private readonly model: TrainedModel,
    private readonly whole: Objective,
    length: number | undefined,
  ) {
    this.way = this.wayOf(length);
  }

  get pass(): Pass {
    return this.way.pass;
  }

  get objective(): Objective {
    return this.way.objective;
  }

  get targets(): readonly TargetPlace[] {
    return this.source?.targets ?? [];
  }

  begin(source: BatchSource): void {
    this.source = source;
    this.way = this.wayOf(source.length);
  }

  stage(source: BatchSource): void {
    source.stage(this.pass);
  }

  weigh(source: BatchSource, output: number, mask: Pointer, size: number): number {
    return source.weigh(output, mask, size);
  }

  advance(): void {}

  private wayOf(length: number | undefined): Way {
    let way = this.ways.get(length);
    if (!way) {
      const pass = this.model.trainingPass(this.whole.fused, false, undefined, length);
      way = { pass, objective: objectiveOn(pass, this.whole) };
      this.ways.set(length, way);
    }
    return way;
  }
}
