import { type TensorProto, TensorProto_DataLocation, TensorProto_DataType as Type } from "onnx-buf";
import { FormatError } from "../../index.js";
import { floatBitsOfHalf } from "../half.js";

/** An array that a file holds. */
export interface Constant {
  /** None for a single number. */
  readonly dims: readonly number[];
  /** Row-major. */
  readonly values: ArrayLike<number>;
}

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
  [Type.INT64]: {
    size: 8,
    raw: (buffer) => Float64Array.from(new BigInt64Array(buffer), Number),
    typed: ({ int64Data }) => Float64Array.from(int64Data, Number),
  },
  [Type.INT32]: { size: 4, raw: (buffer) => new Int32Array(buffer), typed: ({ int32Data }) => int32Data },
  [Type.BOOL]: { size: 1, raw: (buffer) => new Uint8Array(buffer), typed: ({ int32Data }) => int32Data },
};

/** The types that lanewise can reckon with, each number rounded to float32. */
export const floatingTypes: readonly number[] = [Type.FLOAT, Type.DOUBLE, Type.FLOAT16];

export const typeName = (type: number): string => Type[type] ?? `number ${type}`;

/**
 * The numbers of a tensor (ONNX, onnx.proto, TensorProto). `where` says which it is, for messages.
 * @throws FormatError for another type, for data that are elsewhere, and for more or fewer of them than the
 * shape says
 */
export function constantFrom(tensor: TensorProto, where: string): Constant {
  const { dataType, rawData } = tensor;
  if (tensor.dataLocation === TensorProto_DataLocation.EXTERNAL || tensor.externalData.length > 0) {
    throw new FormatError(`${where}: expected its data in this file, got data in another one`);
  }
  if (tensor.segment) throw new FormatError(`${where}: expected the whole tensor, got a segment of it`);
  if (!Object.hasOwn(readers, dataType))
    throw new FormatError(
      `${where}: expected float, double, float16 or int64, got type ${typeName(dataType)}`,
    );
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
  return { dims, values };
}

/** The transpose of a matrix. */
export function transposed({ dims: [rows, cols], values }: Constant): Constant {
  const turned = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) turned[j * rows + i] = values[i * cols + j];
  return { dims: [cols, rows], values: turned };
}

/** The number of elements. */
export const sizeOf = (dims: readonly number[]): number => dims.reduce((product, size) => product * size, 1);
