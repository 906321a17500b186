import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType as Kind,
  ModelProtoSchema,
  type NodeProto,
  type NodeProtoSchema,
  type TensorProto,
  type TensorProtoSchema,
  TensorProto_DataType as Type,
  type ValueInfoProto,
} from "onnx-buf";

/** ONNX files for tests, written from scratch: not by lanewise. */

export type NodeInit = Exclude<MessageInitShape<typeof NodeProtoSchema>, NodeProto>;
export type TensorInit = Exclude<MessageInitShape<typeof TensorProtoSchema>, TensorProto>;

/**
 * A node with attributes: integers as bigint, floating-point numbers as number, texts as string, and lists.
 */
export function node(
  opType: string,
  input: string[],
  output: string,
  attributes: Readonly<
    Record<string, bigint | number | string | bigint[] | number[] | string[] | TensorInit>
  > = {},
): NodeInit {
  return {
    opType,
    name: `the ${opType}`,
    input,
    output: [output],
    attribute: Object.entries(attributes).map(([name, value]) => {
      if (typeof value === "bigint") return { name, type: Kind.INT, i: value };
      if (typeof value === "string") return { name, type: Kind.STRING, s: new TextEncoder().encode(value) };
      if (typeof value === "number") return { name, type: Kind.FLOAT, f: value };
      if (!Array.isArray(value)) return { name, type: Kind.TENSOR, t: value };
      const texts = value.filter((item) => typeof item === "string");
      if (texts.length > 0)
        return { name, type: Kind.STRINGS, strings: texts.map((text) => new TextEncoder().encode(text)) };
      const numbers = value.filter((item) => typeof item === "number");
      if (numbers.length > 0) return { name, type: Kind.FLOATS, floats: numbers };
      return { name, type: Kind.INTS, ints: value.filter((item) => typeof item === "bigint") };
    }),
  };
}

export const floats = (name: string, dims: readonly number[], values: readonly number[]): TensorInit => ({
  name,
  dims: dims.map(BigInt),
  dataType: Type.FLOAT,
  floatData: [...values],
});

export const integers = (name: string, values: readonly number[]): TensorInit => ({
  name,
  dims: [BigInt(values.length)],
  dataType: Type.INT64,
  int64Data: values.map(BigInt),
});

interface GraphInit {
  readonly nodes: readonly NodeInit[];
  readonly tensors?: readonly TensorInit[];
  /** Of the input x, the batch included; a string is a size that is open. */
  readonly shape?: readonly (number | string)[];
  readonly type?: number;
  readonly opset?: number;
}

/** A file with the input x and the output y. */
export function onnxFile({
  nodes,
  tensors = [],
  shape = ["batch", 2],
  type: elemType = Type.FLOAT,
  opset = 17,
}: GraphInit): Uint8Array {
  const dim = shape.map((size) => ({
    value:
      typeof size === "number"
        ? { case: "dimValue" as const, value: BigInt(size) }
        : { case: "dimParam" as const, value: size },
  }));
  const type = { value: { case: "tensorType" as const, value: { elemType, shape: { dim } } } };
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [{ version: BigInt(opset) }],
      graph: {
        node: [...nodes],
        initializer: [...tensors],
        input: [{ name: "x", type }],
        output: [{ name: "y" }],
      },
    }),
  );
}

/** A file with its nodes and inputs changed. */
export function changed(
  file: Uint8Array,
  change: (nodes: NodeProto[], inputs: ValueInfoProto[]) => void,
): Uint8Array {
  const proto = fromBinary(ModelProtoSchema, file);
  change(proto.graph?.node ?? [], proto.graph?.input ?? []);
  return toBinary(ModelProtoSchema, proto);
}
