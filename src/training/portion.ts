import type { Pointer } from "../core/kernels.js";
import type { TargetPlace } from "../losses/targets.js";
import type { Pass } from "../network/pass.js";
import type { Objective } from "./objective.js";
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

/** The whole of a batch. */
export class Whole implements Portion {
  readonly count = 1;
  readonly pass: Pass;
  private source: BatchSource | undefined;

  constructor(
    model: TrainedModel,
    readonly objective: Objective,
  ) {
    this.pass = model.trainingPass(objective.fused);
  }

  get targets(): readonly TargetPlace[] {
    return this.source?.targets ?? [];
  }

  begin(source: BatchSource): void {
    this.source = source;
  }

  stage(source: BatchSource): void {
    source.stage(this.pass);
  }

  weigh(source: BatchSource, output: number, mask: Pointer, size: number): number {
    return source.weigh(output, mask, size);
  }

  advance(): void {}
}
