import { type Backend, FormatError, type Model, ShapeError, ValueError } from "../../index.js";
import { modelOf, type Words } from "../model-of.js";
import { reservedKeys } from "./export/export.js";
import { type Graph, readGraph, WHO } from "./graph.js";
import { readLayers } from "./reader.js";

/**
 * The model in an ONNX file, ready to learn on: a Sequential if its layers follow one another, else a Model.
 * Images and sequences are channels last in lanewise: an input [batch, channels, height, width] becomes
 * [height, width, channels], and so does such an output. Weights are rounded to float32.
 * site/reference/file-formats.md lists the operators. The file's metadata come with it, the encoding of records, and labels where there is
 * one for each output.
 *
 * @example
 * const original = new Sequential(backend, { inputShape: 4, layers: [dense(2)] });
 * const file = exportOnnx(original); // or await readFile("model.onnx")
 * const model = importOnnx(backend, file);
 * console.log(model.inputShape, model.outputShape); // [ 4 ] [ 2 ]
 *
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
    return modelOf(backend, read, wordsOf(graph));
  } catch (cause) {
    if (cause instanceof ValueError || cause instanceof ShapeError)
      throw new FormatError(`${WHO}: ${cause.message}`, { cause });
    throw cause;
  }
}

/** What a file says about its model. Keys that hold no JSON are those of another program. */
function wordsOf({ proto }: Graph): Words {
  const words = new Map(proto.metadataProps.map(({ key, value }) => [key, value]));
  const metadata = Object.fromEntries([...words].filter(([key]) => !reservedKeys.includes(key)));
  return { labels: parsed(words.get("labels")), encoding: parsed(words.get("encoding")), metadata };
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}
