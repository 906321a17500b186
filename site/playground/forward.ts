import { input, Model, type Tensor } from "lanewise";
import type { Learner } from "./learner.js";
import { inputShapeOf } from "./network.js";
import { stagesOf } from "./recipe.js";

/**
 * What each unit answers to inputs that stay the same. It is a model of its own with the layers of the run's,
 * and copies the weights: looking at a run never changes it.
 */
export class Forward {
  private readonly model: Model<readonly Tensor[]>;
  /** Of each stage: its units, and its outputs, [rows, units]. */
  private readonly stages: readonly { readonly units: number; readonly outputs: Float32Array }[];

  /** x: [rows, inputs]. `last` looks at the outputs alone. */
  constructor(
    { backend, recipe, layers }: Learner,
    private readonly x: Float32Array,
    rows: number,
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
      .map(({ units, side }) => ({ units, outputs: new Float32Array(rows * side * side * units) }));
  }

  /**
   * Runs the layers, for the inputs of before or other ones. Returns the answers of each stage: [units, rows],
   * and [maps, rows, positions] of images.
   */
  run(model: Model, x = this.x): readonly Float32Array[] {
    for (const [i, { value }] of model.parameters.entries())
      this.model.parameters[i].value.data.set(value.data);
    this.model.predict(x, { out: this.stages.map(({ outputs }) => outputs) });
    return this.stages.map(({ units, outputs }) => transposed(outputs, units));
  }

  dispose(): void {
    this.model.dispose();
  }
}

/** [rows, cols] as [cols, rows]. */
function transposed(values: Float32Array, cols: number): Float32Array {
  const rows = values.length / cols;
  const turned = new Float32Array(values.length);
  for (let col = 0; col < cols; col++)
    for (let row = 0, at = col; row < rows; row++, at += cols) turned[col * rows + row] = values[at];
  return turned;
}
