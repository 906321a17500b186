import {
  activation,
  type Backend,
  type Encoding,
  FormatError,
  Model,
  Sequential,
  ShapeError,
  ValueError,
} from "../../index.js";
import { reservedKeys } from "./export/export.js";
import { type Graph, readGraph, WHO } from "./graph.js";
import { type Read, readLayers } from "./reader.js";
import { sizeOf } from "./tensor.js";

/**
 * The model in an ONNX file, ready to learn on: a Sequential if its layers follow one another, else a Model.
 * Images and sequences are channels last in lanewise: an input [batch, channels, height, width] becomes
 * [height, width, channels], and so does such an output. Weights are rounded to float32. docs/interop.md
 * lists the operators. The file's metadata come with it, the encoding of records, and labels
 * where there is one for each output.
 * @throws FormatError for a damaged file, and for a graph that lanewise's layers cannot express, with the
 * node that is in the way; OutOfMemoryError, DisposedError
 */
export function importOnnx(backend: Backend, file: ArrayBuffer | ArrayBufferView): Model {
  const bytes = ArrayBuffer.isView(file)
    ? new Uint8Array(file.buffer, file.byteOffset, file.byteLength)
    : new Uint8Array(file);
  const graph = readGraph(bytes);
  const read = readLayers(backend, graph, bytes.length);
  try {
    return modelFrom(backend, read, graph);
  } catch (cause) {
    if (cause instanceof ValueError || cause instanceof ShapeError)
      throw new FormatError(`${WHO}: ${cause.message}`, { cause });
    throw cause;
  }
}

function modelFrom(backend: Backend, { inputs, outputs, made }: Read, { proto }: Graph): Model {
  const words = new Map(proto.metadataProps.map(({ key, value }) => [key, value]));
  const labels = outputs.length === 1 ? labelsFrom(words.get("labels"), sizeOf(outputs[0].shape)) : undefined;
  const metadata = Object.fromEntries([...words].filter(([key]) => !reservedKeys.includes(key)));
  const encoding = encodingFrom(words.get("encoding"));
  const common = { metadata, ...(labels && { labels }), ...(encoding && { encoding }) };
  const layers = made.flatMap(({ layer }) => layer ?? []);
  const isRow =
    layers.length === made.length &&
    inputs.length === 1 &&
    outputs.length === 1 &&
    made.every(
      ({ inputs: taken }, i) => taken.length === 1 && taken[0] === (made[i - 1]?.output ?? inputs[0]),
    ) &&
    outputs[0] === (made.at(-1)?.output ?? inputs[0]);
  const model = isRow
    ? new Sequential(backend, {
        inputShape: inputs[0].shape,
        layers: layers.length > 0 ? layers : [activation("linear")],
        ...common,
      })
    : new Model(backend, {
        inputs: inputs.length === 1 ? inputs[0] : inputs,
        outputs: outputs.length === 1 ? outputs[0] : outputs,
        ...common,
      });
  setValues(model as Model, made);
  return model as Model;
}

/** Gives the model what the file holds. */
function setValues(model: Model, made: Read["made"]): void {
  const prefixes = new Map(model.structure.layers.map(({ layer, name }) => [layer, name]));
  const tensors = new Map([...model.parameters, ...model.buffers].map(({ name, value }) => [name, value]));
  for (const { layer, values } of made)
    for (const [name, numbers] of Object.entries(values))
      tensors.get(`${layer && prefixes.get(layer)}.${name}`)?.set(numbers);
}

/** Labels are the file's own: what is no list of a name for each output tells of something else. */
/** The encoding that exportOnnx wrote. Other programs may use this key differently. */
function encodingFrom(text: string | undefined): Encoding | undefined {
  try {
    const encoding: Partial<Encoding> | null = JSON.parse(text ?? "null");
    return Array.isArray(encoding?.columns) ? (encoding as Encoding) : undefined;
  } catch {
    return undefined;
  }
}

function labelsFrom(text: string | undefined, outputs: number): string[] | undefined {
  try {
    const labels: unknown = JSON.parse(text ?? "");
    const fits =
      Array.isArray(labels) &&
      labels.every((label) => typeof label === "string") &&
      (labels.length === outputs || (outputs === 1 && labels.length === 2));
    return fits ? labels : undefined;
  } catch {
    return undefined;
  }
}
