import { type Backend, createBackend, type Sequential, saveModel, torchStateDict } from "lanewise";
import { exportOnnx } from "lanewise/onnx";
import type { ConvolutionalNet } from "../convolutional-nets.js";
import { onnxOfTorch } from "../peers/torch-onnx.js";
import type { SequenceNet } from "../sequence-nets.js";
import { convolutionalModelOf } from "./convolutional-model.js";
import { randomFloats } from "./random.js";
import { sequenceModelOf, sequencesOf } from "./sequence-model.js";

/**
 * A network with the weights that every peer starts from, in the formats that peers read, and what lanewise
 * computes with them. Files are in base64, because orders go to the processes as JSON.
 */
export interface Reference {
  /** A model file of lanewise, safetensors: images and kernels have their channels last. */
  readonly model: string;
  /** The state_dict of an nn.Sequential, safetensors: channels first. Of networks of convolutions. */
  readonly stateDict?: string;
  readonly onnx: string;
  /** Samples in a row, channels last, and the logits of each. */
  readonly input: readonly number[];
  readonly outputs: readonly number[];
}

/** Samples whose outputs are compared. */
const SAMPLES = 2;

const references = new Map<ConvolutionalNet | SequenceNet, Promise<Reference>>();
let backend: Promise<Backend> | undefined;

/** The reference of a network of convolutions, the same object each time. */
export const convolutionalReferenceOf = (net: ConvolutionalNet): Promise<Reference> =>
  once(net, async () => {
    const input = randomFloats(
      net.input.reduce((size, length) => size * length, SAMPLES),
      1,
      0,
      1,
    );
    return create(
      await backendOf(),
      (backend) => convolutionalModelOf(backend, net),
      input,
      (model) => ({
        stateDict: base64(torchStateDict(model)),
        onnx: base64(exportOnnx(model)),
      }),
    );
  });

/** The reference of a network of sequences, the same object each time. */
export const sequenceReferenceOf = (net: SequenceNet): Promise<Reference> =>
  once(net, async () =>
    create(
      await backendOf(),
      (backend) => sequenceModelOf(backend, net),
      sequencesOf(net, SAMPLES),
      (model) => ({
        onnx: net.vocabulary ? onnxOfTorch(net, base64(saveModel(model))) : base64(exportOnnx(model)),
      }),
    ),
  );

function once(net: ConvolutionalNet | SequenceNet, make: () => Promise<Reference>): Promise<Reference> {
  const reference = references.get(net) ?? make();
  references.set(net, reference);
  return reference;
}

function backendOf(): Promise<Backend> {
  backend ??= createBackend({ variant: "simd" });
  return backend;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

function create(
  backend: Backend,
  make: (backend: Backend) => Sequential,
  input: Float32Array,
  filesOf: (model: Sequential) => Pick<Reference, "stateDict" | "onnx">,
): Reference {
  const model = make(backend);
  fillVectors(model);
  const reference = {
    model: base64(saveModel(model)),
    ...filesOf(model),
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
