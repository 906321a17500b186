import type { NodeProto } from "onnx-buf";
import { missingLayer } from "../../files/missing-layers.js";
import { type Backend, FormatError, input, type Tensor } from "../../index.js";
import type { Read } from "../model-of.js";
import { activationOf } from "./activations.js";
import { elementwise } from "./elementwise.js";
import { shapeBetween } from "./folds/axes.js";
import { folds } from "./folds/folds.js";
import { type Graph, type GraphInput, isOwnDomain, nameOf, quote, wrong } from "./graph.js";
import { Attentions } from "./operators/attention.js";
import { addActivation } from "./operators/elements.js";
import { operatorFor, operators, severalOutputs, takesChannels } from "./operators/operators.js";
import { Padded } from "./operators/padded.js";
import { isScaling } from "./operators/scalings.js";
import { addEmbedding, addPlaces, isOfLastAxis } from "./operators/sequences.js";
import { addTurned } from "./operators/turned.js";
import {
  addGroupNormalization,
  addLayerNormalization,
  addRmsNormalization,
} from "./operators/written-out.js";
import { channelsLast, Reading } from "./reading.js";

const known = new Set([...Object.keys(operators), ...Object.keys(elementwise), ...Object.keys(folds)]);

/**
 * Goes through a graph once, from its inputs on, and makes layers of it. `length`: that of the file, in
 * bytes.
 * @throws FormatError
 */
export function readLayers(backend: Backend, graph: Graph, length: number): Read {
  const reading = new Reading(backend, graph, length);
  const inputs = graph.inputs.map((port) => giveInput(reading, port));
  const attentions = new Attentions(reading);
  const padded = new Padded(reading);
  for (const node of reading.nodes) {
    if (reading.done.has(node)) continue;
    if (!isOwnDomain(node.domain)) throw unsupported(node);
    if (foldShape(reading, attentions, node) || reading.constants.fold(node)) continue;
    if (node.input.some((name) => reading.masks.find(name))) attentions.settleAll(node);
    if (padded.add(node)) continue;
    if (node.opType !== "GatherND") checkNode(reading, node);
    if (attentions.add(node) || addEmbedding(reading, node)) continue;
    padded.check(node);
    const reason = attentions.reasonFor(node);
    if (reason) throw reason;
    try {
      readNode(reading, node);
    } catch (error) {
      // Attention may have the batch beside other sizes for a while.
      if (!(error instanceof FormatError) || !attentions.keep(node, error)) throw error;
    }
  }
  padded.end();
  for (const name of reading.outputs) attentions.check(name);
  const outputs = reading.outputs.map((name) => outputOf(reading, name));
  return { inputs, outputs, made: reading.made };
}

/** A node that is none of an attention. */
function readNode(reading: Reading, node: NodeProto): void {
  if (addTurned(reading, node)) return;
  const plain = () => {
    if (addLayerNormalization(reading, node) || addGroupNormalization(reading, node)) return;
    if (addRmsNormalization(reading, node)) return;
    if (!addPlaces(reading, node)) read(reading, node);
  };
  if (isOfLastAxis(reading, node)) reading.asRows(node, plain);
  else plain();
}

/**
 * The tensor of an input: its channels are last if it goes to an operator that knows channels, before
 * anything changes its axes.
 */
function giveInput(reading: Reading, port: GraphInput): Tensor {
  const { name, dims } = port;
  const image = reading.batched && (dims.length === 2 || dims.length === 3) && isImage(reading, name);
  const axes = image ? channelsLast(dims) : [...dims.keys()];
  const several = reading.graph.inputs.length > 1;
  const tensor = input(
    dims.length === 0 ? 1 : axes.map((axis) => dims[axis]),
    several && name !== "" ? { name } : {},
  );
  if (!reading.batched || !reading.masks.addInput(port, tensor))
    reading.giveArranged(name, tensor, dims, axes, image);
  return tensor;
}

/** Whether a value goes to an operator that knows channels, through operators that keep its axes. */
function isImage(reading: Reading, name: string): boolean {
  const left = [name];
  const seen = new Set(left);
  for (let next = left.pop(); next !== undefined; next = left.pop())
    for (const { opType, output } of reading.users(next)) {
      if (takesChannels.has(opType)) return true;
      const keeps = Object.hasOwn(elementwise, opType) || ["Dropout", "Concat", "Pad"].includes(opType);
      if (!keeps || seen.has(output[0])) continue;
      seen.add(output[0]);
      left.push(output[0]);
    }
  return false;
}

/** The shape of a value, as a constant. Says whether the node asks for it. */
function foldShape(reading: Reading, attentions: Attentions, node: NodeProto): boolean {
  // In a shape for Reshape, 0 stands for the size that is there: that is the batch.
  if (node.opType !== "Shape") return false;
  const [name] = node.input;
  const sizes = reading.sizesOf(name) ?? attentions.sizesOf(name) ?? reading.masks.sizesOf(name);
  if (!sizes) return false;
  const values = shapeBetween(node, sizes);
  reading.constants.set(node.output[0], { dims: [values.length], values, integer: true });
  return true;
}

/**
 * @throws FormatError for a node on constants that lanewise cannot evaluate, and for one that it does not
 * know
 */
function checkNode(reading: Reading, node: NodeProto): void {
  const inputs = node.input.filter((name) => name !== "");
  if (inputs.length > 0 && inputs.every((name) => reading.constants.get(name)))
    throw wrong(
      nameOf(node),
      `expected an operator on the input, got one on constants that lanewise does not fold; fold them before, as onnxsim does`,
    );
  if (!known.has(node.opType)) throw unsupported(node);
  if (!severalOutputs.has(node.opType) && node.output.slice(1).some((name) => reading.uses(name) > 0))
    throw wrong(nameOf(node), "expected its first output alone to be used");
}

/** A node that works on what comes before it. */
function read(reading: Reading, node: NodeProto): void {
  const { opType } = node;
  const variables = new Set(node.input.filter((name) => name !== "" && !reading.constants.get(name)));
  const [start] = variables;
  const value = variables.size === 1 ? reading.find(start) : undefined;
  const operator = operatorFor(reading, node);
  // A value that goes nowhere else is scaled by a layer of its own.
  const isAlone = operator && reading.uses(start) === 1 && (opType === "PRelu" || isScaling(reading, node));
  if (value && Object.hasOwn(elementwise, opType) && !isAlone) {
    const { found, tried } = activationOf(reading, start, node);
    if (found) {
      for (const part of found.nodes) reading.done.add(part);
      addActivation(reading, node, found, value, found.output);
      return;
    }
    if (!operator) throw noActivation(tried);
  }
  if (!operator) throw Object.hasOwn(elementwise, opType) ? noActivation([node]) : unsupported(node);
  operator(reading, node);
}

/**
 * An output of the model: an image has its channels last, all others the order of the file. @throws
 * FormatError
 */
function outputOf(reading: Reading, name: string): Tensor {
  const where = `output ${quote(name)}`;
  if (reading.isTurned(name)) throw wrong(where, "expected the batch to be its first axis");
  const value = reading.find(name);
  if (!value) throw wrong(where, "expected it to depend on the input");
  if (value.flipped) throw wrong(where, "expected a sample in each row, got one in each column");
  const { dims, image } = value;
  return reading.arrange(undefined, value, image ? channelsLast(dims) : [...dims.keys()]);
}

/** What an operator is that lanewise has no layer for. */
function unsupported(node: NodeProto): FormatError {
  const { domain, opType } = node;
  const what =
    isOwnDomain(domain) || domain.startsWith("ai.onnx.ml")
      ? missingLayer(opType, "an operator")
      : `an operator of ${domain.slice(0, 60)}: lanewise reads only those of ONNX`;
  return wrong(nameOf(node), `unsupported: ${what}`);
}

/** Operators that say which numbers are there, as masks of padding are made by. */
const comparisons = ["Equal", "Not", "Greater", "Less", "GreaterOrEqual", "LessOrEqual", "Where"];

function noActivation(nodes: readonly NodeProto[]): FormatError {
  if (nodes.some(({ opType }) => comparisons.includes(opType)))
    return wrong(
      nodes.slice(0, 8).map(nameOf).join(", "),
      "unsupported: a comparison that is no mask of padding, as one of the numbers of words that an " +
        "embedding looks up with a constant is: export the model without it, and build that part with " +
        "lanewise's layers",
    );
  const listed = nodes.slice(0, 8).map(nameOf).join(", ");
  return wrong(
    listed + (nodes.length > 8 ? ` and ${nodes.length - 8} more` : ""),
    `unsupported: ${nodes.length > 1 ? "together they are" : "it is"} none of the activations that lanewise has`,
  );
}
