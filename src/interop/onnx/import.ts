import {
  activation,
  type Backend,
  dense,
  dropout,
  FormatError,
  flatten,
  input,
  type Layer,
  prelu,
  reshape,
  Sequential,
  ShapeError,
  scaling,
  ValueError,
} from "../../index.js";
import { reservedKeys } from "./export.js";
import { type Graph, nameOf, readGraph, WHO, wrong } from "./graph.js";
import { Reader, type Step } from "./reader.js";
import { sizeOf } from "./tensor.js";

/**
 * The model in an ONNX file, ready to learn on: a row of Gemm or MatMul and Add with constant weights,
 * activations, also as exporters write them in several operators, Add, Sub, Mul and Div by constants (which
 * become scaling layers), Softmax and LogSoftmax over a sample, Flatten and Reshape of a sample, Dropout,
 * Identity, Cast. Weights are rounded to float32. The file's metadata come with it, labels too where there is
 * one for each output.
 * @throws FormatError for a damaged file, and for a graph that layers in a row cannot express, with the node
 * that is in the way; OutOfMemoryError, DisposedError
 */
export function importOnnx(backend: Backend, file: ArrayBuffer | ArrayBufferView): Sequential {
  const bytes = ArrayBuffer.isView(file)
    ? new Uint8Array(file.buffer, file.byteOffset, file.byteLength)
    : new Uint8Array(file);
  const graph = readGraph(bytes);
  const steps = new Reader(backend, graph, bytes.length).steps();
  const { dims } = graph.input;
  try {
    return modelFrom(backend, dims, steps, graph);
  } catch (cause) {
    if (cause instanceof ValueError || cause instanceof ShapeError)
      throw new FormatError(`${WHO}: ${cause.message}`, { cause });
    throw cause;
  }
}

function modelFrom(
  backend: Backend,
  inputShape: readonly number[],
  steps: readonly Step[],
  { proto }: Graph,
): Sequential {
  const layers = steps.map(layerOf);
  const words = new Map(proto.metadataProps.map(({ key, value }) => [key, value]));
  const outputs = layers.reduce((tensor, layer) => layer.apply(tensor), input(inputShape)).shape;
  const labels = labelsFrom(words.get("labels"), sizeOf(outputs));
  const metadata = Object.fromEntries([...words].filter(([key]) => !reservedKeys.includes(key)));
  const model = new Sequential(backend, {
    inputShape,
    layers: layers.length > 0 ? layers : [activation("linear")],
    metadata,
    ...(labels && { labels }),
  });
  const values = steps.flatMap((step) => {
    if (step.type === "prelu") return [step.alpha];
    return step.type === "dense" ? [step.weight, ...(step.bias ? [step.bias] : [])] : [];
  });
  for (const [i, { value }] of model.parameters.entries()) value.set(values[i]);
  return model;
}

function layerOf(step: Step): Layer {
  if (step.type === "activation") return activation(step.name, step.options);
  if (step.type === "prelu") {
    const { sharedAxes, name } = step;
    return prelu({ ...(sharedAxes.length > 0 && { sharedAxes }), ...(name && { name }) });
  }
  if (step.type === "reshape") return step.shape.length === 1 ? flatten() : reshape(step.shape);
  if (step.type === "dropout") return dropout(step.rate);
  if (step.type === "dense") {
    const { units, activation, bias, name } = step;
    return dense(units, {
      activation,
      useBias: bias !== undefined,
      kernelInitializer: "zeros",
      ...(name && { name }),
    });
  }
  try {
    return scaling({ mean: step.mean, deviation: step.deviation });
  } catch (cause) {
    throw cause instanceof ValueError ? wrong(nameOf(step.node), `is no scaling: ${cause.message}`) : cause;
  }
}

/** Labels are the file's own: what is no list of a name for each output tells of something else. */
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
