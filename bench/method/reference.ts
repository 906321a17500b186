import { type Backend, createBackend, type Sequential, saveModel, torchStateDict } from "lanewise";
import { exportOnnx } from "lanewise/onnx";
import type { ConvolutionalNet } from "../convolutional-nets.js";
import { convolutionalModelOf } from "./convolutional-model.js";
import { randomFloats } from "./random.js";

/**
 * A network with the weights that every peer starts from, in the formats that peers read, and what lanewise
 * computes with them. Files are in base64, because orders go to the processes as JSON.
 */
export interface Reference {
  /** A model file of lanewise, safetensors: images and kernels have their channels last. */
  readonly model: string;
  /** The state_dict of an nn.Sequential, safetensors: channels first. */
  readonly stateDict: string;
  readonly onnx: string;
  /** Samples in a row, channels last, and the logits of each. */
  readonly input: readonly number[];
  readonly outputs: readonly number[];
}

/** Samples whose outputs are compared. */
const SAMPLES = 2;

const references = new Map<ConvolutionalNet, Promise<Reference>>();
let backend: Promise<Backend> | undefined;

/** The reference of a network, the same object each time. */
export function referenceOf(net: ConvolutionalNet): Promise<Reference> {
  const reference = references.get(net) ?? create(net);
  references.set(net, reference);
  return reference;
}

async function create(net: ConvolutionalNet): Promise<Reference> {
  backend ??= createBackend({ variant: "simd" });
  const model = convolutionalModelOf(await backend, net);
  fillVectors(model);
  const input = randomFloats(SAMPLES * net.input.reduce((size, length) => size * length, 1), 1, 0, 1);
  const reference = {
    model: Buffer.from(saveModel(model)).toString("base64"),
    stateDict: Buffer.from(torchStateDict(model)).toString("base64"),
    onnx: Buffer.from(exportOnnx(model)).toString("base64"),
    input: [...input],
    outputs: [...model.predict(input)],
  };
  model.dispose();
  return reference;
}

/**
 * Biases, the factors of norms and their running statistics start as zeros and ones, with which a peer that
 * leaves one out would agree all the same: they get values of their own, from a half to one and a half.
 */
function fillVectors(model: Sequential): void {
  [...model.parameters, ...model.buffers].forEach(({ value }, i) => {
    if (value.rows === 1) value.data.set(randomFloats(value.cols, 20 + i, 0.5, 1.5));
  });
}
