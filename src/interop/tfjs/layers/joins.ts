import {
  add,
  average,
  concatenate,
  type Layer,
  multiply,
  subtract,
  type Tensor,
  upSampling1d,
  upSampling2d,
} from "../../../index.js";
import { axisOf, type Read, type Reading } from "../reading.js";

/** Layers that join branches. */

const textOf = (shape: readonly number[]) => `[${["batch", ...shape].join(", ")}]`;

/** The inputs of one shape: one pixel a channel is repeated over the positions of the others. */
function alike(reading: Reading): readonly Tensor[] {
  const { inputs, config } = reading;
  const [first] = inputs;
  const shape = first.shape.map((_, axis) => Math.max(...inputs.map((tensor) => tensor.shape[axis])));
  return inputs.map((tensor) => {
    if (tensor.shape.join() === shape.join()) return tensor;
    const sizes = shape.slice(0, -1);
    const onePixel = [...sizes.map(() => 1), shape[shape.length - 1]];
    const fits = tensor.shape.join() === onePixel.join() && (sizes.length === 1 || sizes.length === 2);
    if (!fits)
      throw config.error(
        `expected inputs of one shape, or of one pixel a channel, got ${inputs
          .slice(0, 4)
          .map((each) => textOf(each.shape))
          .join(" and ")}`,
      );
    const layer =
      sizes.length === 2 ? upSampling2d({ size: [sizes[0], sizes[1]] }) : upSampling1d({ size: sizes[0] });
    return reading.apply(layer, tensor);
  });
}

const join =
  (make: () => Layer): Read =>
  (reading) =>
    reading.inputs.length > 1 ? reading.apply(make(), alike(reading)) : reading.x;

const difference: Read = (reading) => {
  const [a, b, more] = alike(reading);
  if (!b || more) throw reading.config.error(`expected 2 tensors, got ${reading.inputs.length}`);
  return reading.applyFunction([a, b], () => subtract(a, b));
};

const concatenation: Read = (reading) => {
  const { inputs, shape, config } = reading;
  if (inputs.length === 1) return reading.x;
  return reading.withLast(axisOf(config.at("axis"), shape.length), (tensors) =>
    reading.apply(concatenate(), tensors),
  );
};

/** Layers that join branches. */
export const joinLayers: Readonly<Record<string, Read>> = {
  Add: join(add),
  Average: join(average),
  Multiply: join(multiply),
  Subtract: difference,
  Concatenate: concatenation,
};
