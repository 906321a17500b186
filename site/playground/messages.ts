import type { GradientCheck } from "lanewise";
import type { Speed } from "./pacer.js";
import type { Change, Recipe, WithoutPlace } from "./recipe.js";
import type { Ridge } from "./ridges.js";

/** Orders from the page to the trainer. */
export type Order =
  /** Starts a run and ends the current one. */
  | {
      readonly kind: "start";
      readonly run: number;
      readonly recipe: Recipe;
      readonly speed: Speed;
      /** Whether it is kept for a page that is loaded again. */
      readonly keeps: boolean;
      /** Resumes the run that was left, if its recipe is this one. */
      readonly resumes: boolean;
    }
  | { readonly kind: "speed"; readonly speed: Speed }
  | { readonly kind: "step" }
  /** The last snapshot has been drawn. */
  | { readonly kind: "drawn" }
  | { readonly kind: "look"; readonly at: Look }
  /** Compares the gradients of a few samples with central differences. */
  | { readonly kind: "check" }
  /** Asks for the file of the model. */
  | { readonly kind: "save" }
  | { readonly kind: "change"; readonly change: WithoutPlace<Change> }
  /** Runs a recipe on each build. */
  | { readonly kind: "race"; readonly recipe: Recipe; readonly rounds: number }
  /** Trains the larger network on one thread and on all. */
  | { readonly kind: "raceThreads"; readonly rounds: number };

/** What snapshots hold in addition to the maps. */
export interface Look {
  /** The outputs for the samples. */
  readonly samples: boolean;
  /** A step of backpropagation for a few samples. */
  readonly equations: boolean;
  /** Histograms over the epochs. */
  readonly ridges: boolean;
  /** The outputs of each layer for these inputs. */
  readonly probe?: Float32Array;
}

/** Numbers of a matrix, row by row. */
export interface Numbers {
  readonly rows: number;
  readonly cols: number;
  readonly values: Float32Array;
}

/** What a layer computes in a step for a few samples, in the notation of the mathematics. */
export interface LayerStep {
  readonly x: Numbers;
  readonly w: Numbers;
  readonly b: Numbers;
  readonly z: Numbers;
  readonly a: Numbers;
  /** dE/dA. Missing where the loss takes the logits, and gives D at once. */
  readonly g?: Numbers;
  /** f'(Z). */
  readonly slope?: Numbers;
  readonly d: Numbers;
  readonly dw: Numbers;
  readonly db: Numbers;
}

/** The state of a run. */
export interface Snapshot {
  readonly epoch: number;
  readonly batch: number;
  readonly samplesPerSecond: number | undefined;
  /** The training losses of epochs since the last snapshot. */
  readonly losses: Float32Array;
  readonly testLoss: number | undefined;
  /** Rows and columns of a unit's map. */
  readonly side: number;
  /** For each layer, hidden ones and outputs: [units, values of a map]. */
  readonly maps: readonly Float32Array[];
  readonly answerSide: number;
  /** The outputs: [outputs, values of a map], logits for classes. */
  readonly answer: Float32Array;
  /** Weights and biases of each layer in turn. */
  readonly parameters: readonly Float32Array[];
  /** The rest is there on request. */
  readonly equations?: readonly LayerStep[];
  readonly ridges?: readonly Ridge[];
  /** The outputs of each layer for the samples, [units, rows]. */
  readonly samples?: { readonly training: readonly Float32Array[]; readonly test: readonly Float32Array[] };
  /** The outputs of each layer for the probe, where there is one. */
  readonly probe?: readonly Float32Array[];
}

/** A lap of a race: a training to its end. `milliseconds` is what the `samples` took. */
export interface RaceLap {
  readonly variant: string;
  readonly threads: number;
  readonly round: number;
  readonly milliseconds: number;
  readonly samples: number;
  readonly hash: string | undefined;
}

/** A message from the trainer. `run` is the number of the start message that it answers. */
export type Notice =
  | { readonly kind: "ready"; readonly variant: string }
  /** The run was left at this epoch, and goes on from there. */
  | { readonly kind: "resumed"; readonly run: number; readonly epoch: number }
  | { readonly kind: "snapshot"; readonly run: number; readonly snapshot: Snapshot }
  | { readonly kind: "changed"; readonly run: number; readonly change: Change }
  /** The run is paused or done. The hash is undefined in an insecure context. */
  | {
      readonly kind: "rest";
      readonly run: number;
      readonly done: boolean;
      readonly hash: string | undefined;
      readonly seconds: number;
    }
  | { readonly kind: "saved"; readonly file: Uint8Array<ArrayBuffer> }
  | { readonly kind: "checked"; readonly run: number; readonly checks: readonly GradientCheck[] }
  | { readonly kind: "failed"; readonly run: number; readonly message: string }
  | { readonly kind: "lap"; readonly lap: RaceLap }
  | { readonly kind: "raced" }
  | { readonly kind: "raceFailed"; readonly message: string };
