// Just enough of ONNX's protocol buffers to say a chain of operators (onnx.proto, IR version 8, opset 13).

const FLOAT = 1;

function varint(value) {
  const bytes = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.of(...bytes, rest);
}

function join(parts) {
  const result = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

const number = (field, value) => join([varint(field * 8), varint(value)]);
const bytes = (field, value) => join([varint(field * 8 + 2), varint(value.length), value]);
const text = (field, value) => bytes(field, new TextEncoder().encode(value));

function valueInfo(field, name, shape) {
  const dims = join(shape.map((size) => bytes(1, number(1, size))));
  const type = bytes(1, join([number(1, FLOAT), bytes(2, dims)]));
  return bytes(field, join([text(1, name), bytes(2, type)]));
}

function tensor(name, shape, values) {
  const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return bytes(
    5,
    join([...shape.map((size) => number(1, size)), number(2, FLOAT), text(8, name), bytes(9, raw)]),
  );
}

function node(operator, inputs, output) {
  return bytes(1, join([...inputs.map((name) => text(1, name)), text(2, output), text(4, operator)]));
}

function model(graph) {
  return join([number(1, 8), bytes(7, graph), bytes(8, number(2, 13))]);
}

/** c = a b, both inputs. */
export function matmulModel(size) {
  const shape = [size, size];
  return model(
    join([
      node("MatMul", ["a", "b"], "c"),
      text(2, "g"),
      valueInfo(11, "a", shape),
      valueInfo(11, "b", shape),
      valueInfo(12, "c", shape),
    ]),
  );
}

/** The net with these weights, its input x and its output y. */
export function netModel({ inputs, outputs, activation }, shapes, weights, rows) {
  const nodes = [];
  const tensors = [];
  let from = "x";
  shapes.forEach(([before, units], i) => {
    const last = i === shapes.length - 1;
    tensors.push(
      tensor(`w${i}`, [before, units], weights[i]),
      tensor(`b${i}`, [units], new Float32Array(units)),
    );
    nodes.push(node("Gemm", [from, `w${i}`, `b${i}`], last ? "y" : `z${i}`));
    if (!last) nodes.push(node(activation === "relu" ? "Relu" : "Tanh", [`z${i}`], `h${i}`));
    from = `h${i}`;
  });
  return model(
    join([
      ...nodes,
      text(2, "g"),
      ...tensors,
      valueInfo(11, "x", [rows, inputs]),
      valueInfo(12, "y", [rows, outputs]),
    ]),
  );
}
