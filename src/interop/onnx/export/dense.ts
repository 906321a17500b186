import { activated } from "./activations.js";
import { tensorOf, type Write } from "./writing.js";

/** Gemm on a row, of which the weights may have any order; else MatMul, and Add. */
export const dense: Write = (writing) => {
  const { writer, config, inputs, to, stored, find } = writing;
  const [x] = inputs;
  const { shape, values } = stored("weight");
  const bias = find("bias") ? [tensorOf(writing, "bias")] : [];
  if (x.shape.length > 1) {
    const product = writer.add("MatMul", [writer.arranged(x), tensorOf(writing, "weight")]);
    const sum = bias.length > 0 ? writer.add("Add", [product, ...bias]) : product;
    return activated(writer, config, writer.value(sum, to));
  }
  const [rows, units] = shape;
  const order = writer.inOrder(
    Float32Array.from({ length: rows }, (_, i) => i),
    x,
  );
  const turned = new Float32Array(values.length);
  for (const [i, row] of order.entries())
    turned.set(values.subarray(row * units, (row + 1) * units), i * units);
  const row = writer.arranged({ ...x, layout: writer.value("", x.shape).layout });
  const input = [row, tensorOf(writing, "weight", shape, turned), ...bias];
  const name = writer.add(bias.length > 0 ? "Gemm" : "MatMul", input);
  return activated(writer, config, writer.value(name, to));
};
