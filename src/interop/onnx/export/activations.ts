import { ValueError } from "../../../index.js";
import type { LayerConfig } from "../../../layers/layer.js";
import { channelsFirst, type Value, type Writer } from "./writer.js";

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
};

const softmaxes: Readonly<Record<string, string>> = { softmax: "Softmax", logSoftmax: "LogSoftmax" };

/** The attributes that are not the operator's default. */
function attributesOf({ activation, slope, alpha }: LayerConfig): Record<string, number> {
  if (activation === "hardSigmoid") return { alpha: (slope ?? 1 / 6) as number, beta: 0.5 };
  const given = (slope ?? alpha) as number | undefined;
  return given === undefined ? {} : { alpha: given };
}

/** The activation of a layer, on its value. @throws ValueError for one that has no operators */
export function activated(writer: Writer, config: LayerConfig, value: Value): Value {
  const activation = (config.activation ?? "linear") as string;
  if (activation === "linear") return value;
  if (Object.hasOwn(softmaxes, activation)) return overLast(writer, softmaxes[activation], value);
  return { ...value, name: elementwise(writer, config, activation, value.name) };
}

/** A softmax over the last axis in lanewise, which may be the first in the graph. */
function overLast(writer: Writer, opType: string, value: Value): Value {
  const { shape } = value;
  const axes = writer.axesOf(value);
  const isFirst = shape.length > 1 && axes[0] === shape.length - 1;
  const name = writer.add(opType, [writer.arranged(value, axes)], { axis: isFirst ? 1n : -1n });
  return writer.value(name, shape, isFirst ? channelsFirst(shape) : undefined);
}

function elementwise(writer: Writer, config: LayerConfig, activation: string, x: string): string {
  if (Object.hasOwn(operators, activation))
    return writer.add(operators[activation], [x], attributesOf(config));
  if (activation === "relu6") return writer.add("Clip", [x, writer.number(0), writer.number(6)]);
  // Mish is an operator from set 18 on.
  if (activation === "mish") return writer.add("Mul", [x, writer.add("Tanh", [writer.add("Softplus", [x])])]);
  if (activation === "silu") return writer.add("Mul", [x, writer.add("Sigmoid", [x])]);
  if (activation === "gelu") {
    const erf = writer.add("Erf", [writer.add("Div", [x, writer.number(Math.SQRT2)])]);
    return halfTimesOnePlus(writer, x, erf);
  }
  if (activation === "geluTanh") {
    const cube = writer.add("Mul", [writer.add("Mul", [x, x]), x]);
    const sum = writer.add("Add", [x, writer.add("Mul", [cube, writer.number(0.044715)])]);
    const tanh = writer.add("Tanh", [writer.add("Mul", [sum, writer.number(Math.sqrt(2 / Math.PI))])]);
    return halfTimesOnePlus(writer, x, tanh);
  }
  throw new ValueError(`exportOnnx: the activation ${JSON.stringify(activation)} has no operators`);
}

/** x (1 + y) / 2: both kinds of GELU (Hendrycks and Gimpel, "Gaussian Error Linear Units") end so. */
function halfTimesOnePlus(writer: Writer, x: string, y: string): string {
  const product = writer.add("Mul", [x, writer.add("Add", [y, writer.number(1)])]);
  return writer.add("Mul", [product, writer.number(0.5)]);
}
