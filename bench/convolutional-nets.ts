/** A layer as every library can build it. Kernels, pools and strides are square. */
export type LayerOf =
  | {
      readonly kind: "convolution";
      readonly filters: number;
      readonly size: number;
      readonly same?: true;
      readonly relu?: true;
      /** Without a bias, where a norm follows. */
      readonly bias?: false;
    }
  | { readonly kind: "depthwise"; readonly size: number; readonly strides: number; readonly relu?: true }
  | { readonly kind: "batchNorm"; readonly relu?: true }
  | { readonly kind: "maxPool"; readonly size: number }
  | { readonly kind: "globalAverage" }
  | { readonly kind: "globalMax" }
  | { readonly kind: "flatten" }
  | { readonly kind: "dense"; readonly units: number; readonly relu?: true };

/** A network of convolutions that classifies images or sequences. */
export interface ConvolutionalNet {
  readonly name: string;
  readonly title: string;
  /** [height, width, channels] of an image, or [length, channels] of a sequence. */
  readonly input: readonly number[];
  readonly layers: readonly LayerOf[];
  readonly classes: number;
  readonly batch: number;
  readonly samples: number;
  /** Multiply-adds of a sample, forward and in a whole training step, in millions of flops. */
  readonly forward: number;
  readonly training: number;
}

const lenet: ConvolutionalNet = {
  name: "lenet",
  title: "28x28x1, two convolutions and pools",
  input: [28, 28, 1],
  layers: [
    { kind: "convolution", filters: 16, size: 3, relu: true },
    { kind: "maxPool", size: 2 },
    { kind: "convolution", filters: 32, size: 3, relu: true },
    { kind: "maxPool", size: 2 },
    { kind: "flatten" },
    { kind: "dense", units: 64, relu: true },
    { kind: "dense", units: 10 },
  ],
  classes: 10,
  batch: 32,
  samples: 1024,
  forward: 1.41,
  training: 4.04,
};

const normed: ConvolutionalNet = {
  name: "batch-norm",
  title: "32x32x3, four convolutions with batch norm",
  input: [32, 32, 3],
  layers: [
    ...[32, 32].flatMap((filters): LayerOf[] => [
      { kind: "convolution", filters, size: 3, same: true, bias: false },
      { kind: "batchNorm", relu: true },
    ]),
    { kind: "maxPool", size: 2 },
    ...[64, 64].flatMap((filters): LayerOf[] => [
      { kind: "convolution", filters, size: 3, same: true, bias: false },
      { kind: "batchNorm", relu: true },
    ]),
    { kind: "globalAverage" },
    { kind: "dense", units: 10 },
  ],
  classes: 10,
  batch: 32,
  samples: 128,
  forward: 49,
  training: 145.1,
};

const separable: ConvolutionalNet = {
  name: "separable",
  title: "32x32x16, two depthwise-separable convolutions",
  input: [32, 32, 16],
  layers: [
    { kind: "depthwise", size: 3, strides: 1 },
    { kind: "convolution", filters: 32, size: 1, relu: true },
    { kind: "depthwise", size: 3, strides: 2 },
    { kind: "convolution", filters: 64, size: 1, relu: true },
    { kind: "globalAverage" },
    { kind: "dense", units: 10 },
  ],
  classes: 10,
  batch: 32,
  samples: 512,
  forward: 2.54,
  training: 7.33,
};

const sequence: ConvolutionalNet = {
  name: "conv1d",
  title: "128x9, two convolutions of a sequence",
  input: [128, 9],
  layers: [
    { kind: "convolution", filters: 32, size: 5, relu: true },
    { kind: "convolution", filters: 64, size: 5, relu: true },
    { kind: "globalMax" },
    { kind: "dense", units: 6 },
  ],
  classes: 6,
  batch: 32,
  samples: 1024,
  forward: 2.82,
  training: 8.09,
};

export const convolutionalNets: readonly ConvolutionalNet[] = [lenet, normed, separable, sequence];
