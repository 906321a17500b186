import type { Model, Tensor } from "lanewise";
import { attentionOf, softmax } from "./attention.js";
import type { TextLearner } from "./learner.js";
import type { Library } from "./library.js";
import type { Passage } from "./messages.js";

/** The most characters of a passage that people read. */
const PASSAGE = 48;

/**
 * Has the model read a passage of the text, and tells what it expects after each character and how it comes
 * to that. It is a model of its own with the layers of the run's, and copies the weights.
 */
export class Reader {
  private readonly model: Model<readonly Tensor[]>;
  private readonly outputs: readonly Float32Array[];
  /** Characters of a passage. */
  readonly length: number;

  constructor(
    { lanewise }: Library,
    private readonly learner: TextLearner,
  ) {
    const { layers, recipe, vocabulary, backend, tokens } = learner;
    const { steps, units } = recipe;
    this.length = Math.min(PASSAGE, steps, tokens.length - 1);
    const given = lanewise.input([steps]);
    const looked: Tensor[] = [];
    let tensor: Tensor = given;
    for (const { layer, isLookedAt } of layers) {
      tensor = layer.apply(tensor);
      if (isLookedAt) looked.push(tensor);
    }
    this.model = new lanewise.Model(backend, { inputs: given, outputs: [...looked, tensor] });
    this.outputs = [...looked.map(() => units), vocabulary.size].map(
      (size) => new Float32Array(steps * size),
    );
  }

  /** The passage with a number: 0 is the beginning of what is held out, and where nothing is, of the text. */
  read(number: number): Passage {
    const { learner, length, outputs } = this;
    const { tokens, known, recipe, vocabulary, model } = learner;
    const begin = this.beginOf(number);
    const seen = tokens.slice(begin, begin + length + 1);
    const x = new Float32Array(recipe.steps);
    x.set(seen.slice(0, length));
    for (const [i, { value }] of model.parameters.entries())
      this.model.parameters[i].value.data.set(value.data);
    this.model.predict(x, { out: outputs as Float32Array<ArrayBuffer>[] });
    const logits = outputs[outputs.length - 1];
    const kinds = vocabulary.size;
    const shares = new Float32Array(length * kinds);
    for (let i = 0; i < length; i++)
      shares.set(softmax(logits.subarray(i * kinds, (i + 1) * kinds)), i * kinds);
    return {
      number,
      isHeldOut: begin >= known,
      characters: seen.map((token) => vocabulary.decode([token])),
      tokens: Int32Array.from(seen),
      shares,
      heads: recipe.kind === "transformer" ? this.heads() : [],
      units: recipe.kind === "transformer" ? [] : this.units(),
    };
  }

  private beginOf(number: number): number {
    const { tokens, known } = this.learner;
    const last = tokens.length - 1 - this.length;
    const first = Math.min(known < tokens.length - 1 ? known : 0, last);
    const places = Math.max(1, Math.floor((last - first) / this.length) + 1);
    return first + (((number % places) + places) % places) * this.length;
  }

  /** The heads of each block, from the first block on. */
  private heads(): Passage["heads"] {
    const { length, outputs, learner } = this;
    const { heads, layers } = learner.recipe;
    const { parameters } = this.model;
    const all = (end: string) => parameters.filter(({ name }) => name.endsWith(end));
    const [gamma, beta] = [all("norm1.gamma"), all("norm1.beta")];
    const [weight, bias] = [all("queryKeyValue.weight"), all("queryKeyValue.bias")];
    return Array.from({ length: layers }, (_, block) =>
      attentionOf(outputs[block], length, heads, {
        gamma: gamma[block].value.data,
        beta: beta[block].value.data,
        weight: weight[block].value.data,
        bias: bias[block].value.data,
      }),
    );
  }

  /** What each unit puts out along the passage: of each layer, [units, characters]. */
  private units(): Passage["units"] {
    const { length, outputs } = this;
    const { units, layers } = this.learner.recipe;
    return outputs.slice(0, layers).map((values) => {
      const turned = new Float32Array(units * length);
      for (let unit = 0; unit < units; unit++)
        for (let i = 0; i < length; i++) turned[unit * length + i] = values[i * units + unit];
      return turned;
    });
  }

  dispose(): void {
    this.model.dispose();
  }
}
