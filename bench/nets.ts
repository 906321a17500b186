import type { ActivationName, LossName } from "lanewise";

/** A training that is measured, here and in peers/. */
export interface Net {
  readonly name: string;
  readonly inputs: number;
  readonly hidden: readonly number[];
  readonly activation: Extract<ActivationName, "relu" | "tanh">;
  readonly outputs: number;
  readonly loss: Extract<LossName, "softmaxCrossEntropy" | "meanSquaredError">;
  readonly batch: number;
  readonly samples: number;
}

export const mlp: Net = {
  name: "mlp",
  inputs: 784,
  hidden: [128, 64],
  activation: "relu",
  outputs: 10,
  loss: "softmaxCrossEntropy",
  batch: 64,
  samples: 4096,
};

const tiny: Net = {
  name: "tiny",
  inputs: 2,
  hidden: [16, 16],
  activation: "tanh",
  outputs: 1,
  loss: "meanSquaredError",
  batch: 32,
  samples: 1024,
};

const xl: Net = { ...mlp, name: "xl", hidden: [1024, 1024], batch: 128, samples: 2048 };

const autoencoder: Net = {
  name: "autoencoder",
  inputs: 784,
  hidden: [256, 32, 256],
  activation: "relu",
  outputs: 784,
  loss: "meanSquaredError",
  batch: 64,
  samples: 2048,
};

export const nets: readonly Net[] = [mlp, tiny, xl, autoencoder];

export function layersOf({ inputs, hidden, outputs }: Net): string {
  return [inputs, ...hidden, outputs].join("-");
}
