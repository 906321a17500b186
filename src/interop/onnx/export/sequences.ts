import { sinusoids } from "../../../ops/positions.js";
import { asColumn } from "./masks.js";
import { tensorOf, type Write } from "./writing.js";

/** Embeddings, padding and places of sequences. */

/** Rows of the weight, by the numbers of the input, which are whole ones of float32. */
export const embedding: Write = (writing) => {
  const { writer, config, inputs, to } = writing;
  const [x] = inputs;
  const { paddingIndex } = config;
  const name = writer.arranged(x);
  const indices = writer.add("Cast", [name], { to: 7n });
  const value = writer.value(writer.add("Gather", [tensorOf(writing, "weight"), indices]), to);
  if (paddingIndex === undefined || x.shape.length !== 1) return value;
  const isPadding = writer.add("Equal", [name, writer.number(paddingIndex as number)]);
  const mask = writer.add("Cast", [writer.add("Not", [isPadding])], { to: 1n });
  return { ...value, mask };
};

/** A step is real where any of its features is another number. */
export const masking: Write = (writing) => {
  const { writer, config, inputs } = writing;
  const [x] = inputs;
  const name = writer.arranged(x);
  const isValue = writer.add("Equal", [name, writer.number((config.value ?? 0) as number)]);
  const isOther = writer.add("Cast", [writer.add("Not", [isValue])], { to: 1n });
  const axes = x.shape.slice(1).map((_, i) => BigInt(i + 2));
  const mask = writer.add("ReduceMax", [isOther], { axes, keepdims: 0n });
  if (x.shape.length !== 2) {
    const ones = writer.add("ReduceMax", [isOther], { axes, keepdims: 1n });
    return { ...writer.value(writer.add("Mul", [name, ones]), x.shape), mask };
  }
  return { ...writer.value(writer.add("Mul", [name, asColumn(writing, mask)]), x.shape), mask };
};

export const learnedPlaces: Write = (writing) => {
  const { writer, inputs } = writing;
  const [x] = inputs;
  return writer.value(writer.add("Add", [writer.arranged(x), tensorOf(writing, "weight")]), x.shape);
};

export const sinusoidalPlaces: Write = ({ writer, config, inputs }) => {
  const [x] = inputs;
  const [time, features] = x.shape;
  const base = (config.base ?? 10_000) as number;
  const places = Float32Array.from(sinusoids(time, features, base));
  const table = writer.floats(`${writer.layer}.places`, [time, features], places);
  return writer.value(writer.add("Add", [writer.arranged(x), table]), x.shape);
};
