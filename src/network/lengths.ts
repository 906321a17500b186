import type { Expectation } from "../layers/scope.js";
import type { Rows } from "./rows.js";
import type { Structure } from "./structure.js";
import { type Trace, trace } from "./trace.js";
import type { Weights } from "./weights.js";

/** An input whose samples may end with steps of padding. */
interface Sequence {
  readonly input: number;
  readonly time: number;
  readonly padding: number;
}

/**
 * Sequences without the padding at their end. A batch runs on a plan of as many steps as its longest sample
 * has, rounded up, with the bits of a plan of all steps: of a model whose layers leave padding out
 * (Layer.leavesOutPadding).
 */
export class Lengths {
  /** The steps of the model's longest sequences. */
  private readonly time: number;

  private constructor(
    private readonly structure: Structure,
    private readonly sequences: readonly Sequence[],
    /** Whether an output has a row for each step. */
    readonly areInOutputs: boolean,
  ) {
    this.time = Math.max(...sequences.map(({ time }) => time));
  }

  /** Undefined for a model that needs all steps. */
  static of(
    structure: Structure,
    expectations: readonly (readonly Expectation[])[],
    weights: Weights,
  ): Lengths | undefined {
    const sequences = structure.inputs.flatMap(({ shape: [time] }, input) => {
      const paddings = expectations[input].flatMap(({ padding }) => padding ?? []);
      const [padding] = paddings;
      return paddings.length > 0 && paddings.every((other) => other === padding)
        ? [{ input, time, padding: Math.fround(padding) }]
        : [];
    });
    if (sequences.length === 0) return undefined;
    const lengths = (areInOutputs: boolean) => new Lengths(structure, sequences, areInOutputs);
    let traced: Trace;
    try {
      traced = trace(structure, false, undefined, undefined, lengths(false).times(1));
    } catch {
      // A layer needs the padding, or sequences as long as others.
      return undefined;
    }
    const { registry, inputs, outputs } = traced;
    const steps = outputs.filter(({ shape }, i) => shape.join() !== structure.outputs[i].shape.join());
    const fits =
      !weights.otherShape(registry) &&
      // What is padding is told by the inputs alone.
      registry.expectations.every(
        ({ padding, input }) =>
          padding === undefined || sequences.some((sequence) => inputs[sequence.input] === input),
      ) &&
      steps.every(({ mask }) => mask);
    return fits ? lengths(steps.length > 0) : undefined;
  }

  /** The time steps of each input in a plan of this length; of one that is no sequence, its first axis. */
  times(length: number): number[] {
    const times = this.structure.inputs.map(({ shape: [first] }) => first);
    for (const { input, time } of this.sequences) times[input] = Math.min(time, length);
    return times;
  }

  /** The steps of each sample without the padding at its end. Undefined where none has any. */
  ofSamples(samples: readonly Rows[]): Int32Array | undefined {
    const lengths = new Int32Array(samples[0].rows);
    for (const { input, time, padding } of this.sequences) {
      const rows = samples[input];
      const room = new Float32Array(rows.cols);
      for (let i = 0; i < lengths.length; i++)
        lengths[i] = Math.max(lengths[i], Math.ceil((rows.countOf(i, padding, room) * time) / rows.cols));
    }
    return lengths.some((length) => length < this.time) ? lengths : undefined;
  }

  /**
   * The number of steps of the plan that runs samples of up to `steps` steps; undefined for the plan of all
   * steps. `steps` is rounded up to at most 8 units of 4, 8, 16 and so on, so that there are few plans.
   */
  ofPlan(steps: number): number | undefined {
    let unit = 4;
    while (8 * unit < steps) unit *= 2;
    const length = Math.max(1, Math.ceil(steps / unit)) * unit;
    return length < this.time ? length : undefined;
  }
}

/** The numbers of samples from the shortest to the longest; equal ones in their order. */
export const byLength = (lengths: Int32Array, samples: Int32Array): Int32Array =>
  Int32Array.from(samples.keys())
    .sort((a, b) => lengths[samples[a]] - lengths[samples[b]] || a - b)
    .map((i) => samples[i]);
