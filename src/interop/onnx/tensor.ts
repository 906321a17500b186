import { type TensorProto, TensorProto_DataLocation, TensorProto_DataType as Type } from "onnx-buf";
import { floatBitsOfHalf } from "../../files/half.js";
import { FormatError } from "../../index.js";

/** An array that a file holds. */
export interface Constant {
  /** None for a single number. */
  readonly dims: readonly number[];
  /** Row-major. */
  readonly values: ArrayLike<number>;
  /** Whether its type is one of integers, as of a shape. */
  readonly integer: boolean;
}

/** bfloat16 is the upper half of a float32. */
const upperHalves = (bits: ArrayLike<number>): Float32Array =>
  new Float32Array(Int32Array.from(bits, (half) => half << 16).buffer);

const halves = (bits: ArrayLike<number>): Float32Array =>
  new Float32Array(Int32Array.from(bits, floatBitsOfHalf).buffer);

/** How the elements of each type stand in a file: as bytes, or else in a field of their own. */
const readers: Readonly<
  Record<
    number,
    {
      size: number;
      raw: (buffer: ArrayBuffer) => ArrayLike<number>;
      typed: (tensor: TensorProto) => ArrayLike<number>;
    }
  >
> = {
  [Type.FLOAT]: { size: 4, raw: (buffer) => new Float32Array(buffer), typed: ({ floatData }) => floatData },
  [Type.DOUBLE]: {
    size: 8,
    raw: (buffer) => new Float64Array(buffer),
    typed: ({ doubleData }) => doubleData,
  },
  [Type.FLOAT16]: {
    size: 2,
    raw: (buffer) => halves(new Uint16Array(buffer)),
    typed: ({ int32Data }) => halves(int32Data),
  },
  [Type.BFLOAT16]: {
    size: 2,
    raw: (buffer) => upperHalves(new Uint16Array(buffer)),
    typed: ({ int32Data }) => upperHalves(int32Data),
  },
  [Type.INT64]: {
    size: 8,
    raw: (buffer) => Float64Array.from(new BigInt64Array(buffer), Number),
    typed: ({ int64Data }) => Float64Array.from(int64Data, Number),
  },
  [Type.UINT64]: {
    size: 8,
    raw: (buffer) => Float64Array.from(new BigUint64Array(buffer), Number),
    typed: ({ uint64Data }) => Float64Array.from(uint64Data, Number),
  },
  [Type.INT32]: { size: 4, raw: (buffer) => new Int32Array(buffer), typed: ({ int32Data }) => int32Data },
  [Type.UINT32]: {
    size: 4,
    raw: (buffer) => new Uint32Array(buffer),
    typed: ({ uint64Data }) => Float64Array.from(uint64Data, Number),
  },
  [Type.INT16]: { size: 2, raw: (buffer) => new Int16Array(buffer), typed: ({ int32Data }) => int32Data },
  [Type.UINT16]: { size: 2, raw: (buffer) => new Uint16Array(buffer), typed: ({ int32Data }) => int32Data },
  [Type.INT8]: { size: 1, raw: (buffer) => new Int8Array(buffer), typed: ({ int32Data }) => int32Data },
  [Type.UINT8]: { size: 1, raw: (buffer) => new Uint8Array(buffer), typed: ({ int32Data }) => int32Data },
  [Type.BOOL]: { size: 1, raw: (buffer) => new Uint8Array(buffer), typed: ({ int32Data }) => int32Data },
};

/** The types that lanewise reads, each number rounded to float32. */
export const floatingTypes: readonly number[] = [Type.FLOAT, Type.DOUBLE, Type.FLOAT16];

/** Whether a type is one of floating-point numbers, which a Cast leaves as they are. */
export const isFloating = (type: number): boolean => floatingTypes.includes(type) || type === Type.BFLOAT16;

/** The type of true and false. */
export const BOOL: number = Type.BOOL;

/** Whether a type is one of whole numbers that indices have. */
export const isInteger = (type: number): boolean => type === Type.INT32 || type === Type.INT64;

/** What a Cast makes of a number, for each type. */
export const castNumber = (type: number): ((value: number) => number) => {
  if (isFloating(type)) return (value) => value;
  return type === Type.BOOL ? (value) => Number(value !== 0) : Math.trunc;
};

/** Those of a DequantizeLinear among them. */
const integerTypes: readonly number[] = [
  Type.INT64,
  Type.UINT64,
  Type.INT32,
  Type.UINT32,
  Type.INT16,
  Type.UINT16,
  Type.INT8,
  Type.UINT8,
  Type.BOOL,
];

/** The constant with another type of elements; undefined where that is none of numbers. */
export function castTo({ dims, values }: Constant, type: number): Constant | undefined {
  if (isFloating(type)) return { dims, values, integer: false };
  if (!integerTypes.includes(type)) return undefined;
  return { dims, values: Float64Array.from(values, castNumber(type)), integer: true };
}

export const typeName = (type: number): string => Type[type] ?? `number ${type}`;

/**
 * The numbers of a tensor (ONNX, onnx.proto, TensorProto). `where` says which it is, for messages.
 * @throws FormatError for another type, for data that are elsewhere, and for more or fewer of them than the
 * shape says
 */
export function constantFrom(tensor: TensorProto, where: string): Constant {
  const { dataType, rawData } = tensor;
  if (tensor.dataLocation === TensorProto_DataLocation.EXTERNAL || tensor.externalData.length > 0) {
    throw new FormatError(
      `${where}: expected its data in this file, got data in another one: save the model with onnx.save, or export it with external_data=False`,
    );
  }
  if (tensor.segment) throw new FormatError(`${where}: expected the whole tensor, got a segment of it`);
  if (!Object.hasOwn(readers, dataType))
    throw new FormatError(`${where}: expected numbers of 8 bits or more, got type ${typeName(dataType)}`);
  const { size, raw, typed } = readers[dataType];
  const dims = tensor.dims.map(Number);
  // A product that is not exact stays that, even if a 0 follows: it is no number of elements of a file.
  const count = dims.reduce(
    (product, dim) => (product <= Number.MAX_SAFE_INTEGER ? product * dim : product),
    1,
  );
  const text = `[${dims.slice(0, 9).join(", ")}]`;
  if (dims.some((dim) => dim < 0))
    throw new FormatError(`${where}: expected sizes of at least 0, got ${text}`);
  if (rawData.length > 0 && rawData.length !== count * size) {
    throw new FormatError(
      `${where}: expected ${count * size} bytes for ${typeName(dataType)} ${text}, got ${rawData.length}`,
    );
  }
  const values = rawData.length > 0 ? raw(rawData.slice().buffer) : typed(tensor);
  if (values.length !== count)
    throw new FormatError(
      `${where}: expected ${count} numbers for ${typeName(dataType)} ${text}, got ${values.length}`,
    );
  return { dims, values, integer: integerTypes.includes(dataType) };
}

/** The transpose of a matrix. */
export function transposed({ dims: [rows, cols], values, integer }: Constant): Constant {
  const turned = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) turned[j * rows + i] = values[i * cols + j];
  return { dims: [cols, rows], values: turned, integer };
}

/** The number of elements. */
export const sizeOf = (dims: readonly number[]): number => dims.reduce((product, size) => product * size, 1);

/** By how much the place of an element changes along each axis, row-major. */
export function stridesOf(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length).fill(1);
  for (let i = dims.length - 2; i >= 0; i--) strides[i] = strides[i + 1] * dims[i + 1];
  return strides;
}

/** The elements at `begin` and from there on along axes of these sizes and strides, row-major. */
export function strided(
  values: ArrayLike<number>,
  dims: readonly number[],
  strides: readonly number[],
  begin = 0,
): Float64Array {
  const index = new Array<number>(dims.length).fill(0);
  let at = begin;
  return Float64Array.from({ length: sizeOf(dims) }, () => {
    const value = values[at];
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      at += strides[axis];
      if (++index[axis] < dims[axis]) break;
      at -= strides[axis] * dims[axis];
      index[axis] = 0;
    }
    return value;
  });
}

/**
 * The elements that an index names along each axis, row-major, and `fill` where one of them is -1. What comes
 * out has the shape of the lists' lengths.
 */
export function picked(
  { dims, values }: Constant,
  indices: readonly ArrayLike<number>[],
  fill = 0,
): Float64Array {
  let rows = [0];
  const strides = stridesOf(dims);
  for (const [axis, along] of indices.entries())
    rows = rows.flatMap((begin) =>
      Array.from(along, (i) => (begin < 0 || i < 0 ? -1 : begin + i * strides[axis])),
    );
  return Float64Array.from(rows, (at) => (at < 0 ? fill : values[at]));
}

/**
 * The shape that these are broadcast to, axes aligned at the last; undefined where they do not go together.
 */
export function broadcast(shapes: readonly (readonly number[])[]): number[] | undefined {
  const rank = shapes.reduce((most, dims) => Math.max(most, dims.length), 0);
  const dims = new Array<number>(rank).fill(1);
  for (const shape of shapes)
    for (const [i, size] of shape.entries()) {
      const axis = rank - shape.length + i;
      if (!Number.isSafeInteger(size) || size < 0 || (size !== 1 && dims[axis] !== 1 && size !== dims[axis]))
        return undefined;
      if (size !== 1) dims[axis] = size;
    }
  return dims;
}
