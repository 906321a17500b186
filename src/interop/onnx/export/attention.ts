import { rotations } from "../../../ops/positions.js";
import { hiding } from "./masks.js";
import type { Value } from "./writer.js";
import { tensorOf, type Write, type Writing } from "./writing.js";

/** Attention of several heads, as products of matrices: [batch, heads, time, size]. */

interface Sizes {
  readonly heads: number;
  readonly keySize: number;
  readonly valueSize: number;
}

/** x W + b. */
function product(writing: Writing, name: string, x: string): string {
  const { writer, find } = writing;
  const y = writer.add("MatMul", [x, tensorOf(writing, `${name}.weight`)]);
  return find(`${name}.bias`) ? writer.add("Add", [y, tensorOf(writing, `${name}.bias`)]) : y;
}

/** The query, the keys and the values: parts of as few products as there are inputs. */
function projected(writing: Writing, { heads, keySize, valueSize }: Sizes): string[] {
  const { writer, inputs } = writing;
  const names = inputs.map((value) => writer.arranged(value));
  const [keys, values] = [heads * keySize, heads * valueSize];
  const split = (name: string, sizes: readonly number[]) =>
    writer.several(
      "Split",
      [name, writer.integers("sizes", sizes)],
      sizes.map((_, i) => i),
      { axis: 2n },
    );
  if (names.length === 1) return split(product(writing, "queryKeyValue", names[0]), [keys, keys, values]);
  const query = product(writing, "query", names[0]);
  if (names.length === 2) return [query, ...split(product(writing, "keyValue", names[1]), [keys, values])];
  return [query, product(writing, "key", names[1]), product(writing, "value", names[2])];
}

/** Turns the halves of vectors [batch, time, heads, size] by the places of their steps. */
function rotated({ writer }: Writing, x: string, time: number, size: number, base: number): string {
  const half = size / 2;
  const turns = rotations(time, size, base);
  const [cosines, sines] = ["cosines", "sines"].map((name, i) =>
    writer.floats(
      `${writer.layer}.${name}`,
      [time, 1, half],
      Float32Array.from(turns.flatMap((step) => step[i])),
    ),
  );
  const [a, b] = writer.several("Split", [x, writer.integers("halves", [half, half])], [0, 1], { axis: 3n });
  const times = (value: string, by: string) => writer.add("Mul", [value, by]);
  const first = writer.add("Sub", [times(a, cosines), times(b, sines)]);
  const second = writer.add("Add", [times(b, cosines), times(a, sines)]);
  return writer.add("Concat", [first, second], { axis: 3n });
}

export const attention: Write = (writing) => {
  const { writer, config, inputs, to, stored } = writing;
  const heads = config.heads as number;
  const [query, key = query, value = key] = inputs;
  const keySize = (config.keySize ?? query.shape[1] / heads) as number;
  const valueSize = stored("output.weight").shape[0] / heads;
  const [q, k, v] = projected(writing, { heads, keySize, valueSize });
  const [queries, keys] = [query.shape[0], key.shape[0]];
  const base = config.rotary === true ? 10_000 : ((config.rotary ?? false) as number | false);
  const ofHeads = (x: string, time: number, size: number, perm: readonly bigint[], turns: boolean) => {
    const apart = writer.add("Reshape", [x, writer.integers("heads", [0, time, heads, size])]);
    const placed = turns && base !== false ? rotated(writing, apart, time, size, base) : apart;
    return writer.add("Transpose", [placed], { perm });
  };
  const left = ofHeads(q, queries, keySize, [0n, 2n, 1n, 3n], true);
  const right = ofHeads(k, keys, keySize, [0n, 2n, 3n, 1n], true);
  const scale = writer.number(1 / Math.sqrt(keySize));
  let scores = writer.add("Mul", [writer.add("MatMul", [left, right]), scale]);
  if (config.causal === true) scores = writer.add("Add", [scores, causal(writing, queries, keys)]);
  const mask = key.mask ?? value.mask;
  // [batch, 1, 1, keys].
  const seen = mask && writer.add("Unsqueeze", [mask, writer.integers("axes", [1, 2])]);
  if (seen) scores = writer.add("Add", [scores, hiding(writing, seen)]);
  let weights = writer.add("Softmax", [scores], { axis: -1n });
  // A query that sees no key gets the bias alone.
  if (seen) weights = writer.add("Mul", [weights, seen]);
  const attended = writer.add("MatMul", [weights, ofHeads(v, keys, valueSize, [0n, 2n, 1n, 3n], false)]);
  const turned = writer.add("Transpose", [attended], { perm: [0n, 2n, 1n, 3n] });
  const joined = writer.add("Reshape", [turned, writer.integers("shape", [0, queries, heads * valueSize])]);
  return writer.value(product(writing, "output", joined), to);
};

/** What hides the keys behind the step of each query. */
function causal({ writer }: Writing, queries: number, keys: number): string {
  const hidden = Float32Array.from({ length: queries * keys }, (_, at) =>
    at % keys > Math.floor(at / keys) ? Number.NEGATIVE_INFINITY : 0,
  );
  return writer.floats(`causal ${queries} x ${keys}`, [queries, keys], hidden);
}

/** The attention of a block, of these inputs. */
export const attended = (writing: Writing, inputs: readonly Value[], config: object): Value =>
  attention({ ...writing, inputs, to: inputs[0].shape, config: { ...config, type: "multiHeadAttention" } });
