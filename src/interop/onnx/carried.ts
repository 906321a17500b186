import type { NodeProto } from "onnx-buf";
import {
  activation,
  add,
  dense,
  embedding,
  type Layer,
  masking,
  multiply,
  reshape,
  type Tensor,
} from "../../index.js";
import type { Made } from "../model-of.js";
import { nameOf, wrong } from "./graph.js";
import { keptMask } from "./kept-masks.js";
import type { Masks } from "./masks.js";
import type { Around, Origin } from "./padding.js";

/** What makes the layers that masks need. */
interface Making extends Around {
  readonly masks: Masks;
  apply(node: NodeProto, layer: Layer, inputs: readonly Tensor[], values?: Made["values"]): Tensor;
}

/**
 * The masks that tensors of lanewise carry from one layer to the next, and how a tensor gets the one that a
 * graph has there.
 */
export class Carried {
  private readonly masks = new Map<Tensor, Origin>();
  private readonly made = new Map<string, Tensor>();
  private readonly numbers = new Map<Origin | Tensor, number>();

  constructor(private readonly reading: Making) {}

  /** The mask of a tensor. */
  of(tensor: Tensor): Origin | undefined {
    return this.masks.get(tensor);
  }

  set(tensor: Tensor, mask: Origin): void {
    this.masks.set(tensor, mask);
  }

  /** Notes which mask the output of a layer has; of a function, which keeps the steps, that of its input. */
  note(layer: Layer | undefined, inputs: readonly Tensor[], output: Tensor): void {
    const mask = layer ? this.maskOf(layer, inputs) : inputs.map((x) => this.masks.get(x)).find(Boolean);
    if (mask) this.masks.set(output, mask);
  }

  private maskOf({ config }: Layer, inputs: readonly Tensor[]): Origin | undefined {
    const { masks } = this.reading;
    const [x] = inputs;
    if (config.type === "masking")
      return masks.origin(x, (config.value ?? 0) as number, "features", x.shape[0]);
    if (config.type === "embedding")
      return config.paddingIndex === undefined || x.shape.length !== 1
        ? undefined
        : masks.origin(x, config.paddingIndex as number, "words", x.shape[0]);
    return keptMask(
      config,
      inputs.map((input) => this.masks.get(input)),
    );
  }

  /** The tensor with this mask, or without any. @throws FormatError for another number of steps */
  with(node: NodeProto, tensor: Tensor, mask: Origin | undefined): Tensor {
    const own = this.masks.get(tensor);
    if (own === mask) return tensor;
    const plain = own ? this.without(node, tensor) : tensor;
    if (!mask) return plain;
    const zeros = this.constant(node, tensor, mask, 0);
    return this.once(`mask ${this.numberOf(mask)}`, plain, () =>
      this.reading.apply(node, add(), [plain, zeros]),
    );
  }

  private without(node: NodeProto, tensor: Tensor): Tensor {
    return this.once("no mask", tensor, () => this.reading.apply(node, reshape(tensor.shape), [tensor]));
  }

  /** 0 in steps of padding, else the tensor. @throws FormatError where only features say what padding is */
  cleared(node: NodeProto, tensor: Tensor, mask: Origin): Tensor {
    const ones = this.constant(node, tensor, mask, 1);
    return this.reading.apply(node, multiply(), [tensor, ones]);
  }

  /** The number in all real steps, as many of them as the tensor has, with the mask. */
  private constant(node: NodeProto, { shape }: Tensor, mask: Origin, number: number): Tensor {
    const { reading } = this;
    const [time, features] = shape;
    if (shape.length !== 2 || time !== mask.time.size)
      throw wrong(
        nameOf(node),
        `expected a mask of padding on sequences of ${mask.time.size} steps, [batch, time, ` +
          `features], got [${["batch", ...shape].join(", ")}]`,
      );
    if (mask.kind === "features" && number !== 0)
      throw wrong(
        nameOf(node),
        "unsupported: other values than the sequence itself cleared by its mask; lanewise has " +
          "masking, attention, pooling and recurrent layers of such a mask",
      );
    return this.once(`${number} in ${features} of ${this.numberOf(mask)}`, mask.of, () => {
      const marker = this.marker(node, mask);
      const weight = new Float32Array(marker.shape[1] * features).fill(number);
      return reading.apply(node, fixed(features), [marker], { weight });
    });
  }

  /** A tensor [time, 1] that is 1 in real steps and 0 in others, with the mask; of features, the sequence. */
  private marker(node: NodeProto, mask: Origin): Tensor {
    const { reading } = this;
    const { of, padding, kind, time } = mask;
    return this.once(`marker ${this.numberOf(mask)}`, of, () => {
      const apply = (layer: Layer, x: Tensor, values?: Made["values"]) =>
        reading.apply(node, layer, [x], values);
      if (kind === "features") return apply(masking({ value: padding }), of);
      if (kind === "words") {
        const vocabulary = reading.masks.vocabularyOf(of);
        const weight = Float32Array.from({ length: vocabulary }, (_, word) => Number(word !== padding));
        reading.constants.spend(node, vocabulary);
        const options = { paddingIndex: padding, trainable: false, initializer: "zeros" } as const;
        return apply(embedding(vocabulary, 1, options), of, { weight });
      }
      const { size } = time;
      if (kind === "truth") {
        const column = apply(reshape([size, 1]), of);
        const real = padding === 0 ? column : apply(fixed(1, true), column, { weight: [-1], bias: [1] });
        return this.masked(node, real, mask);
      }
      // min(max(length - t, 0), 1), as the hard sigmoid of slope 1, which adds 1/2.
      const weight = new Float32Array(size).fill(1);
      const bias = Float32Array.from({ length: size }, (_, t) => -t - 0.5);
      const left = apply(fixed(size, true), of, { weight, bias });
      const real = apply(activation("hardSigmoid", { slope: 1 }), left);
      return this.masked(node, apply(reshape([size, 1]), real), mask);
    });
  }

  /** A marker whose zeros are padding. Its mask is known as that of what it was made of. */
  private masked(node: NodeProto, marker: Tensor, mask: Origin): Tensor {
    const tensor = this.reading.apply(node, masking(), [marker]);
    this.set(tensor, mask);
    return tensor;
  }

  private numberOf(one: Origin | Tensor): number {
    const number = this.numbers.get(one) ?? this.numbers.size;
    this.numbers.set(one, number);
    return number;
  }

  private once(what: string, tensor: Tensor, make: () => Tensor): Tensor {
    const key = `${what} of ${this.numberOf(tensor)}`;
    const made = this.made.get(key) ?? make();
    this.made.set(key, made);
    return made;
  }
}

/** A dense layer that training leaves as it is. */
const fixed = (units: number, useBias = false): Layer =>
  dense(units, { useBias, trainable: false, kernelInitializer: "zeros" });
