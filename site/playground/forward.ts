import { activate, addRow, type Backend, type Matrix, matmul, type Sequential, transpose } from "lanewise";
import type { Recipe } from "./recipe.js";

/**
 * What each unit answers to inputs that stay the same, by the equations A = f(X W + 1 b) of each layer. It
 * leaves the model alone, so that looking at a run never changes it.
 */
export class Forward {
  private readonly inputs: Matrix;
  private readonly layers: readonly {
    readonly activation: Recipe["layers"][number]["activation"] | "linear";
    readonly outputs: Matrix;
    readonly byUnit: Matrix;
  }[];

  /** x: [rows, inputs] */
  constructor(
    backend: Backend,
    recipe: Recipe,
    outputs: number,
    x: Float32Array,
    readonly rows: number,
  ) {
    this.inputs = backend.matrix(rows, recipe.inputs.length);
    this.inputs.data.set(x);
    this.layers = [...recipe.layers, { units: outputs, activation: "linear" as const }].map(
      ({ units, activation }) => ({
        activation,
        outputs: backend.matrix(rows, units),
        byUnit: backend.matrix(units, rows),
      }),
    );
  }

  /**
   * Runs the layers, for the inputs of before or other ones. Returns the answers of each, [units, rows], the
   * last without an activation.
   */
  run(model: Sequential, inputs?: Float32Array): readonly Float32Array[] {
    if (inputs) this.inputs.data.set(inputs);
    const { parameters } = model;
    let x = this.inputs;
    for (const [i, { activation, outputs }] of this.layers.entries()) {
      matmul(x, parameters[2 * i].value, { out: outputs });
      addRow(outputs, parameters[2 * i + 1].value, { out: outputs });
      if (activation !== "linear") activate(activation, outputs, { out: outputs });
      x = outputs;
    }
    return this.layers.map(({ outputs, byUnit }) => transpose(outputs, { out: byUnit }).data.slice());
  }

  dispose(): void {
    this.inputs.dispose();
    for (const { outputs, byUnit } of this.layers) {
      outputs.dispose();
      byUnit.dispose();
    }
  }
}
