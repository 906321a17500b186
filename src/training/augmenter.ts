import { shapeText } from "../core/check.js";
import { ShapeError } from "../core/errors.js";
import { purposes, RandomStream } from "../core/random.js";
import type { Augmentation } from "../data/augment.js";
import type { Taker } from "./batches.js";
import type { TrainedModel } from "./state.js";

/** Changes the images of a batch where a pass takes them. */
export class Augmenter {
  private readonly shape: readonly [height: number, width: number, channels: number];
  private stream: RandomStream;

  /** @throws ShapeError for a model whose one input are no images */
  constructor(
    private readonly model: TrainedModel,
    private readonly augmentation: Augmentation,
  ) {
    const { inputs, seed } = model;
    const [height, width, channels, ...others] = inputs[0].shape;
    if (inputs.length > 1 || channels === undefined || others.length > 0)
      throw new ShapeError(
        `fit expected a model of one input of images [height, width, channels] for augment, got ${inputs.map(({ shape }) => shapeText(...shape)).join(" and ")}`,
      );
    this.shape = [height, width, channels];
    this.stream = new RandomStream(seed, purposes.augment, 0);
  }

  /** Begins an epoch of the model's life. */
  begin(life: number): void {
    this.stream = new RandomStream(this.model.seed, purposes.augment, life);
  }

  /** Changes the images of a batch that was staged; `samples`: the number of each. */
  change({ plan, inputs }: Taker, samples: Int32Array): void {
    const { shape, stream, augmentation } = this;
    const size = shape[0] * shape[1] * shape[2];
    const images = this.model.backend.floats(plan.address(inputs[0]), samples.length * size);
    for (let i = 0; i < samples.length; i++)
      augmentation.change(images.subarray(i * size, (i + 1) * size), shape, stream, samples[i]);
  }
}
