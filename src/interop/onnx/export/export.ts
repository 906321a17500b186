import { create, toBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema, TensorProto_DataType } from "onnx-buf";
import { checkModel, checkOptions } from "../../../core/check.js";
import { type Network, ValueError } from "../../../index.js";
import { sizeOf } from "../tensor.js";
import { layers } from "./layers.js";
import { type Value, Writer } from "./writer.js";
import type { Stored } from "./writing.js";

const WHO = "exportOnnx";

/** Keys of the metadata that the model file and the importer use themselves. */
export const reservedKeys: readonly string[] = [
  "format",
  "format_version",
  "architecture",
  "labels",
  "encoding",
];

/** What the graph, its input and its output are called. */
export interface ExportOnnxOptions {
  /** Of a model with one input. Default "input"; several have their own names. */
  input?: string;
  /** Of a model with one output. Default "output"; several have their own names. */
  output?: string;
  /** The graph's own name. Default "lanewise". */
  name?: string;
}

/**
 * The model as an ONNX file of operator set 17 and IR version 8 (ONNX, "Open Neural Network Exchange
 * Intermediate Representation Specification"): inputs of float32 [batch, ...inputShape] and outputs [batch,
 * ...outputShape] for any batch, scaling and softmax included. Images are channels last, as in lanewise, and
 * channels first within the graph. What changes its input in training alone, dropout and noise, leaves
 * nothing. The model's labels and its encoding, as JSON under "labels" and "encoding", and its metadata
 * are the file's metadata; the graph itself takes encoded numbers.
 *
 * @example
 * const layers = [dense(8, { activation: "relu" }), dense(3, { activation: "softmax" })];
 * const model = new Sequential(backend, { inputShape: 4, layers });
 * await writeFile("model.onnx", exportOnnx(model, { input: "features", output: "probabilities" }));
 *
 * @throws ValueError for a layer of your own, for unknown options and for metadata with a key that the format
 * reserves, DisposedError
 */
export function exportOnnx(model: Network, options: ExportOnnxOptions = {}): Uint8Array<ArrayBuffer> {
  checkModel(WHO, model);
  const { structure } = model;
  checkOptions(WHO, options, ["input", "output", "name"]);
  const { input, output, name = "lanewise" } = options;
  for (const [option, value] of Object.entries({ input, output, name })) {
    if (value !== undefined && (typeof value !== "string" || value === ""))
      throw new ValueError(`${WHO} expected ${option} to be a string that is not empty, got ${value}`);
  }
  const inputs = namesOf("input", structure.inputs, input);
  const outputs = namesOf("output", structure.outputs, output);
  const both = inputs.find((port) => outputs.includes(port));
  if (both !== undefined)
    throw new ValueError(
      `${WHO} expected different names for input and output, got ${JSON.stringify(both)} for both`,
    );

  const { encoding, labels, metadata } = model;
  const taken = Object.keys(metadata).find((key) => reservedKeys.includes(key));
  if (taken)
    throw new ValueError(
      `${WHO}: metadata use the key ${JSON.stringify(taken)}, which the file format reserves`,
    );
  const writer = new Writer([...inputs, ...outputs]);
  const values = valuesOf(writer, model, inputs);
  writer.layer = "output";
  const ends = structure.outputTensors.map((tensor, i) => ({
    value: writer.arranged(values[tensor]),
    name: outputs[i],
  }));

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
        input: inputs.map((port, i) => value(port, structure.inputs[i].shape)),
        output: outputs.map((port, i) => value(port, structure.outputs[i].shape)),
        ...writer.ended(ends),
      },
      metadataProps: [
        ...(labels ? [["labels", JSON.stringify(labels)]] : []),
        ...(encoding ? [["encoding", JSON.stringify(encoding)]] : []),
        ...Object.entries(metadata),
      ].map(([key, value]) => ({ key, value })),
    }),
  );
}

/** The names of the inputs or the outputs: one by its option, several by their own. @throws ValueError */
function namesOf(
  what: "input" | "output",
  ports: Network["structure"]["inputs"],
  given: string | undefined,
): string[] {
  if (ports.length === 1) return [given ?? what];
  if (given !== undefined)
    throw new ValueError(
      `${WHO} expected ${what} for a model with one ${what}, got ${JSON.stringify(given)} for ${ports.length}, which have names of their own`,
    );
  return ports.map(({ name }) => name);
}

/** Writes the calls of the layers; returns the values of all tensors. @throws ValueError */
function valuesOf(writer: Writer, model: Network, inputs: readonly string[]): Value[] {
  const { layers: named, calls, shapes } = model.structure;
  const tensors = new Map(
    model.tensors.map(({ name, shape, address }): [string, Stored] => {
      const values = model.backend.floats(address, sizeOf(shape)).slice();
      return [name, { shape, values }];
    }),
  );
  const values = inputs.map((name, i) => writer.value(name, shapes[i]));
  for (const { layer, inputs: taken, output } of calls) {
    const { layer: spec, name: prefix } = named[layer];
    const { config } = spec;
    if (!Object.hasOwn(layers, config.type))
      throw new ValueError(
        `${WHO}: layer ${JSON.stringify(prefix)} is of type ${JSON.stringify(config.type)}, which ONNX does not know; it takes ${Object.keys(layers).join(", ")}`,
      );
    writer.layer = prefix;
    values[output] = layers[config.type]({
      writer,
      config,
      inputs: taken.map((tensor) => values[tensor]),
      to: shapes[output],
      find: (tensor) => tensors.get(`${prefix}.${tensor}`),
      stored: (tensor) => tensors.get(`${prefix}.${tensor}`) as Stored,
      nameOf: (tensor) => `${prefix}.${tensor}`,
    });
  }
  return values;
}
