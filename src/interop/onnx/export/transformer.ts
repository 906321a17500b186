import { attended } from "./attention.js";
import { dense } from "./dense.js";
import { rowNorm } from "./normalizations.js";
import type { Value } from "./writer.js";
import { type Write, type Writing, within } from "./writing.js";

/** Blocks of transformers, as the layers that they are made of. */

/** x and what a part makes of it, normalized before or behind. */
function residual(writing: Writing, name: string, x: Value, part: (x: Value) => Value): Value {
  const { writer, config } = writing;
  const { normFirst = true, normalization = "layer", epsilon = 1e-5 } = config;
  const norm = (value: Value): Value => {
    const own = { type: `${normalization}Normalization`, epsilon };
    return rowNorm(within(writing, name, { config: own, inputs: [value], to: x.shape }));
  };
  const keepsMask = (value: Value): Value => ({ ...value, mask: x.mask });
  const made = part(keepsMask(normFirst ? norm(x) : x));
  const sum = writer.value(writer.add("Add", [writer.arranged(x), writer.arranged(made)]), x.shape);
  return keepsMask(normFirst ? sum : norm(sum));
}

/** The feed-forward network. */
function network(writing: Writing, x: Value): Value {
  const { writer, config } = writing;
  const { activation = "gelu" } = config;
  const hidden = [...x.shape.slice(0, -1), config.hidden as number];
  const layer = (name: string, input: Value, to: readonly number[], own: unknown): Value =>
    dense(within(writing, name, { config: { type: "dense", activation: own }, inputs: [input], to }));
  const isGated = activation === "swiglu";
  let h = layer("hidden", x, hidden, isGated ? "linear" : activation);
  if (isGated) h = { ...h, name: writer.add("Mul", [h.name, layer("gate", x, hidden, "silu").name]) };
  return layer("output", h, x.shape, "linear");
}

export const transformer: Write = (writing) => {
  const { config, inputs } = writing;
  const [x, memory] = inputs;
  const { heads, keySize, valueSize, rotary, causal = memory !== undefined } = config;
  const sizes = { heads, ...(keySize !== undefined && { keySize }), valueSize };
  const own = within(writing, "attention", {});
  let h = residual(writing, "norm1", x, (value) => attended(own, [value], { ...sizes, rotary, causal }));
  if (memory) {
    const cross = within(writing, "crossAttention", {});
    h = residual(writing, "norm2", h, (value) => attended(cross, [value, memory], sizes));
  }
  return residual(writing, memory ? "norm3" : "norm2", h, (value) => network(writing, value));
};
