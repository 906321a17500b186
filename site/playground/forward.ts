import { type Backend, input, type Matrix, Model, type Tensor, transpose } from "lanewise";
import type { Learner } from "./learner.js";
import { inputShapeOf } from "./network.js";
import { stagesOf } from "./recipe.js";

/**
 * What each unit answers to inputs that stay the same. It is a model of its own with the layers of the run's,
 * and copies the weights: looking at a run never changes it.
 */
export class Forward {
  private readonly model: Model<readonly Tensor[]>;
  private readonly stages: readonly { readonly outputs: Matrix; readonly byUnit: Matrix }[];

  /** x: [rows, inputs]. `last` looks at the outputs alone. */
  constructor(
    { backend, recipe, layers }: Learner,
    private readonly x: Float32Array,
    readonly rows: number,
    last = false,
  ) {
    const given = input(inputShapeOf(recipe));
    const outputs: Tensor[] = [];
    let tensor: Tensor = given;
    for (const { layer, isStage } of layers) {
      tensor = layer.apply(tensor);
      if (isStage) outputs.push(tensor);
    }
    const from = last ? outputs.length - 1 : 0;
    this.model = new Model(backend, { inputs: given, outputs: outputs.slice(from) });
    this.stages = stagesOf(recipe)
      .slice(from)
      .map(({ units, side }) => matricesOf(backend, rows * side * side, units));
  }

  /**
   * Runs the layers, for the inputs of before or other ones. Returns the answers of each stage: [units, rows],
   * and [maps, rows, positions] of images.
   */
  run(model: Model, x = this.x): readonly Float32Array[] {
    for (const [i, { value }] of model.parameters.entries())
      this.model.parameters[i].value.data.set(value.data);
    this.model.predict(x, { out: this.stages.map(({ outputs }) => outputs.data) });
    return this.stages.map(({ outputs, byUnit }) => transpose(outputs, { out: byUnit }).data.slice());
  }

  dispose(): void {
    this.model.dispose();
    for (const { outputs, byUnit } of this.stages) {
      outputs.dispose();
      byUnit.dispose();
    }
  }
}

const matricesOf = (backend: Backend, rows: number, units: number) => ({
  outputs: backend.matrix(rows, units),
  byUnit: backend.matrix(units, rows),
});
