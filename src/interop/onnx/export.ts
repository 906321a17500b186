import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType,
  ModelProtoSchema,
  type NodeProtoSchema,
  TensorProto_DataType,
  type TensorProtoSchema,
} from "onnx-buf";
import { type Network, ValueError } from "../../index.js";
import { layersInRow, type RowLayer } from "../layers-in-row.js";
import { sizeOf } from "./tensor.js";

const WHO = "exportOnnx";

/** Keys of the metadata that the model file and the importer use themselves. */
export const reservedKeys: readonly string[] = ["format", "format_version", "architecture", "labels"];

interface Stored {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** What the graph, its input and its output are called. */
export interface ExportOnnxOptions {
  /** Default "input". */
  input?: string;
  /** Default "output". */
  output?: string;
  /** The graph's own name. Default "lanewise". */
  name?: string;
}

/**
 * The model as an ONNX file of operator set 17 and IR version 8 (ONNX, "Open Neural Network Exchange
 * Intermediate Representation Specification"): one input of float32 [batch, ...inputShape] and one output
 * [batch, ...outputShape] for any batch, scaling and softmax included. What changes its input in training
 * alone, dropout and noise, leaves nothing. The model's labels, as JSON under "labels", and its metadata are
 * the file's metadata.
 * @throws ValueError for a layer of your own, for a model whose layers do not follow one another, for unknown
 * options and for metadata with a key that the format reserves, DisposedError
 */
export function exportOnnx(model: Network, options: ExportOnnxOptions = {}): Uint8Array<ArrayBuffer> {
  const { input = "input", output = "output", name = "lanewise", ...others } = options;
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined)
    throw new ValueError(`${WHO}: unknown option ${JSON.stringify(unknown)}; known are input, output, name`);
  for (const [option, value] of Object.entries({ input, output, name })) {
    if (typeof value !== "string" || value === "")
      throw new ValueError(`${WHO} expected ${option} to be a string that is not empty, got ${value}`);
  }
  if (input === output)
    throw new ValueError(
      `${WHO} expected different names for input and output, got ${JSON.stringify(input)} for both`,
    );

  const { inputShape, outputShape, labels, metadata } = model;
  const taken = Object.keys(metadata).find((key) => reservedKeys.includes(key));
  if (taken)
    throw new ValueError(
      `${WHO}: metadata use the key ${JSON.stringify(taken)}, which the file format reserves`,
    );
  const tensors = new Map(
    model.tensors.map(({ name, shape, address }) => {
      const values = model.backend.floats(address, sizeOf(shape)).slice();
      return [name, { shape, values }];
    }),
  );
  const graph = new Graph(input, output);
  for (const [i, layer] of layersInRow(WHO, model).entries()) {
    const { type, prefix: called, from } = layer;
    /** A tensor of the layer, of its own shape or of another of as many elements. */
    const tensor = (of: string, as?: readonly number[]): string => {
      const { shape, values } = tensors.get(`${called}.${of}`) as Stored;
      return graph.tensor(`${called}.${of}`, as ?? shape, new Uint8Array(values.buffer as ArrayBuffer));
    };
    graph.layer = called;
    if (type === "dense") {
      const weight = tensor("weight");
      const bias = tensors.has(`${called}.bias`) ? tensor("bias") : undefined;
      // Gemm is for matrices.
      if (bias && from.length === 1) graph.add("Gemm", [graph.current, weight, bias]);
      else {
        graph.add("MatMul", [graph.current, weight]);
        if (bias) graph.add("Add", [graph.current, bias]);
      }
      addActivation(graph, layer);
    } else if (type === "activation") addActivation(graph, layer);
    else if (type === "prelu") graph.add("PRelu", [graph.current, tensor("alpha")]);
    else if (type === "flatten") graph.add("Flatten");
    else if (type === "reshape")
      graph.add("Reshape", [graph.current, graph.integers("shape", [0, ...layer.to])]);
    else if (type === "scaling") {
      graph.add("Sub", [graph.current, tensor("mean", from)]);
      graph.add("Div", [graph.current, tensor("deviation", from)]);
    } else if (type !== "dropout" && type !== "gaussianNoise") {
      throw new ValueError(
        `${WHO}: layer ${i} is of type ${JSON.stringify(type)}, which ONNX does not know; it takes dense, activation, flatten, reshape, prelu, scaling, dropout and gaussianNoise`,
      );
    }
  }
  graph.layer = "output";

  const value = (name: string, shape: readonly number[]) => ({
    name,
    type: {
      value: {
        case: "tensorType" as const,
        value: {
          elemType: TensorProto_DataType.FLOAT,
          shape: {
            dim: [
              { value: { case: "dimParam" as const, value: "batch" } },
              ...shape.map((size) => ({ value: { case: "dimValue" as const, value: BigInt(size) } })),
            ],
          },
        },
      },
    },
  });
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [{ domain: "", version: 17n }],
      producerName: "lanewise",
      graph: {
        name,
        input: [value(input, inputShape)],
        output: [value(output, outputShape)],
        ...graph.ended(),
      },
      metadataProps: [
        ...(labels ? [["labels", JSON.stringify(labels)]] : []),
        ...Object.entries(metadata),
      ].map(([key, value]) => ({ key, value })),
    }),
  );
}

/** A graph that grows from its input on. */
class Graph {
  /** What the next node works on. */
  current: string;
  /** What nodes are called by. */
  layer = "input";
  private readonly nodes: MessageInitShape<typeof NodeProtoSchema>[] = [];
  private readonly tensors: MessageInitShape<typeof TensorProtoSchema>[] = [];
  private readonly numbers = new Map<number, string>();
  private readonly names: Set<string>;

  constructor(
    input: string,
    private readonly output: string,
  ) {
    this.current = input;
    this.names = new Set([input, output]);
  }

  /** Adds a node, whose output the next one works on; returns that output's name. */
  add(
    opType: string,
    input: readonly string[] = [this.current],
    attributes: Readonly<Record<string, number | bigint>> = {},
  ): string {
    const name = this.fresh(`${this.layer}.${opType}`);
    this.nodes.push({
      name,
      opType,
      input: [...input],
      output: [name],
      attribute: Object.entries(attributes).map(([name, value]) =>
        typeof value === "bigint"
          ? { name, type: AttributeProto_AttributeType.INT, i: value }
          : { name, type: AttributeProto_AttributeType.FLOAT, f: value },
      ),
    });
    this.current = name;
    return name;
  }

  /** Adds a tensor of float32; returns its name. */
  tensor(
    name: string,
    shape: readonly number[],
    rawData: Uint8Array<ArrayBuffer>,
    dataType = TensorProto_DataType.FLOAT,
  ): string {
    const called = this.fresh(name);
    this.tensors.push({ name: called, dims: shape.map(BigInt), dataType, rawData });
    return called;
  }

  /** A single number, which is there once. */
  number(value: number): string {
    const name =
      this.numbers.get(value) ??
      this.tensor(String(value), [], new Uint8Array(Float32Array.of(value).buffer));
    this.numbers.set(value, name);
    return name;
  }

  integers(name: string, values: readonly number[]): string {
    return this.tensor(
      `${this.layer}.${name}`,
      [values.length],
      new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
      TensorProto_DataType.INT64,
    );
  }

  /** What there is, with the last node's output under the name of the graph's. */
  ended() {
    if (this.nodes.length === 0) this.add("Identity");
    this.nodes[this.nodes.length - 1].output = [this.output];
    return { node: this.nodes, initializer: this.tensors };
  }

  private fresh(name: string): string {
    let fresh = name;
    for (let i = 1; this.names.has(fresh); i++) fresh = `${name}_${i}`;
    this.names.add(fresh);
    return fresh;
  }
}

/** The activations that are one operator. */
const operators: Readonly<Record<string, string>> = {
  relu: "Relu",
  leakyRelu: "LeakyRelu",
  elu: "Elu",
  selu: "Selu",
  sigmoid: "Sigmoid",
  tanh: "Tanh",
  softplus: "Softplus",
  hardSwish: "HardSwish",
  hardSigmoid: "HardSigmoid",
  softsign: "Softsign",
  exp: "Exp",
  softmax: "Softmax",
  logSoftmax: "LogSoftmax",
};

/** The attributes that are not the operator's default. */
function attributesOf({ activation, slope, alpha }: RowLayer): Record<string, number | bigint> {
  if (activation === "hardSigmoid") return { alpha: slope ?? 1 / 6, beta: 0.5 };
  if (activation === "softmax" || activation === "logSoftmax") return { axis: -1n };
  const given = slope ?? alpha;
  return given === undefined ? {} : { alpha: given };
}

/** @throws ValueError for one that has no operators */
function addActivation(graph: Graph, layer: RowLayer): void {
  const { activation = "linear" } = layer;
  const x = graph.current;
  if (activation === "linear") return;
  if (Object.hasOwn(operators, activation)) graph.add(operators[activation], [x], attributesOf(layer));
  else if (activation === "relu6") graph.add("Clip", [x, graph.number(0), graph.number(6)]);
  // Mish is an operator from set 18 on.
  else if (activation === "mish") {
    graph.add("Softplus");
    graph.add("Mul", [x, graph.add("Tanh")]);
  } else if (activation === "silu") graph.add("Mul", [x, graph.add("Sigmoid")]);
  else if (activation === "gelu") {
    graph.add("Erf", [graph.add("Div", [x, graph.number(Math.SQRT2)])]);
    halfTimesOnePlus(graph, x);
  } else if (activation === "geluTanh") {
    const cube = graph.add("Mul", [graph.add("Mul", [x, x]), x]);
    const sum = graph.add("Add", [x, graph.add("Mul", [cube, graph.number(0.044715)])]);
    graph.add("Tanh", [graph.add("Mul", [sum, graph.number(Math.sqrt(2 / Math.PI))])]);
    halfTimesOnePlus(graph, x);
  } else throw new ValueError(`${WHO}: the activation ${JSON.stringify(activation)} has no operators`);
}

/** x (1 + current) / 2: both kinds of GELU (Hendrycks and Gimpel, "Gaussian Error Linear Units") end so. */
function halfTimesOnePlus(graph: Graph, x: string): void {
  const product = graph.add("Mul", [x, graph.add("Add", [graph.current, graph.number(1)])]);
  graph.add("Mul", [product, graph.number(0.5)]);
}
