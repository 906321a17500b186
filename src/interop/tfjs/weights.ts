import { floatBitsOfHalf } from "../../files/half.js";
import { insteadOf, recognize } from "../../files/recognize.js";
import type { Place } from "../foreign-json.js";

/**
 * The files of weights beside a model.json: in the order of its paths, or by path, where others may stand
 * among them.
 */
export type TfjsShards = readonly Uint8Array[] | Readonly<Record<string, Uint8Array | string>>;

/** Bytes of an element of each type, and how a number comes out of it. */
const types = {
  float32: { size: 4, read: (view: DataView, at: number) => view.getFloat32(at, true) },
  int32: { size: 4, read: (view: DataView, at: number) => view.getInt32(at, true) },
  uint16: { size: 2, read: (view: DataView, at: number) => view.getUint16(at, true) },
  uint8: { size: 1, read: (view: DataView, at: number) => view.getUint8(at) },
  bool: { size: 1, read: (view: DataView, at: number) => view.getUint8(at) },
} as const;

/** A tensor where it stands. */
interface Weight {
  readonly name: string;
  readonly shape: readonly number[];
  values(): Float32Array;
}

const textOf = (shape: readonly number[]) => `[${shape.join(", ")}]`;

/**
 * A name without the model's and what TensorFlow puts behind: "sequential/dense/kernel:0" is "dense/kernel".
 * The cell of a recurrent layer is left out, and the parts of a layer keep its name.
 */
function shortName(name: string): string {
  const parts = name.replace(/:0$/, "").split("/");
  const own = parts.filter((part, i) => i < 1 || i !== parts.length - 2 || !CELL.test(part));
  return own.slice(PART.test(own.at(-2) ?? "") ? -3 : -2).join("/");
}

const CELL = /^(?:lstm|gru|simple_rnn)_cell(?:_\d+)?$/;
/** A part of a layer, whose weights have its name, too: a direction, or a projection of attention. */
const PART = /^(?:(?:for|back)ward_.*|query|key|value|attention_output)$/;

const pathsOf = (group: Place): string[] =>
  group
    .at("paths")
    .list()
    .map((path) => path.text());

/** The paths of the shards, in order. @throws FormatError */
export const shardPaths = (manifest: Place): string[] => manifest.list().flatMap(pathsOf);

/** The weights that a manifest tells of. Whoever takes them all finds out at the end what did not fit. */
export class TfjsWeights {
  /** Bytes of all shards. */
  readonly length: number;
  private readonly weights = new Map<string, Weight>();
  private readonly problems: string[] = [];

  /** @throws FormatError for a manifest and shards that do not belong together */
  constructor(
    private readonly manifest: Place,
    shards: TfjsShards,
  ) {
    const paths = shardPaths(manifest);
    if (Array.isArray(shards) && shards.length !== paths.length)
      throw manifest.error(`names ${paths.length} shards, got ${shards.length}`);
    const byPath = new Map<string, unknown>(
      Array.isArray(shards) ? paths.map((path, i) => [path, shards[i]]) : Object.entries(shards),
    );
    let length = 0;
    for (const group of manifest.list()) {
      const bytes = joined(
        pathsOf(group).map((path) => {
          const shard = byPath.get(path);
          if (!(shard instanceof Uint8Array))
            throw manifest.error(`the shard ${JSON.stringify(path)} is missing`);
          return shard;
        }),
      );
      length += bytes.length;
      this.read(group.at("weights"), bytes);
    }
    this.length = length;
  }

  /**
   * The values of a layer's tensor, under the first of these names that is there, which should have this
   * shape. Returns undefined if it does not; `finish` reports it.
   */
  take(layer: string, tensors: readonly string[], shape: readonly number[]): Float32Array | undefined {
    const weight = this.find(layer, tensors);
    if (weight) this.weights.delete(shortName(weight.name));
    if (weight && textOf(weight.shape) === textOf(shape)) return weight.values();
    this.problems.push(
      weight
        ? `${weight.name} expected ${textOf(shape)}, got ${textOf(weight.shape)}`
        : `${layer}/${tensors[0]} ${textOf(shape)} is missing`,
    );
    return undefined;
  }

  /** The shape that a layer's tensor has in the file. */
  shapeOf(layer: string, tensors: readonly string[]): readonly number[] | undefined {
    return this.find(layer, tensors)?.shape;
  }

  private find(layer: string, tensors: readonly string[]): Weight | undefined {
    const names = tensors.map((tensor) => shortName(`${layer}/${tensor}`));
    const known = names.find((name) => this.weights.has(name));
    if (known !== undefined || !PART.test(layer)) return this.weights.get(known ?? "");
    // A layer of that name which is no part of another.
    const inModel = [...this.weights.keys()].filter((key) => names.some((name) => key.endsWith(`/${name}`)));
    return inModel.length === 1 ? this.weights.get(inModel[0]) : undefined;
  }

  /** A tensor that nobody needs may be there. */
  drop(layer: string, tensor: string): void {
    const weight = this.find(layer, [tensor]);
    if (weight) this.weights.delete(shortName(weight.name));
  }

  /** @throws FormatError with all that is missing, unexpected or of another shape */
  finish(): void {
    const { problems } = this;
    for (const { name, shape } of this.weights.values())
      problems.push(`${name} ${textOf(shape)} is unexpected`);
    if (problems.length === 0) return;
    const more = problems.length > 20 ? `; and ${problems.length - 20} more` : "";
    throw this.manifest.error(`${problems.slice(0, 20).join("; ")}${more}`);
  }

  private read(weights: Place, bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let end = 0;
    for (const place of weights.list()) {
      const name = place.at("name").text();
      const shape = place
        .at("shape")
        .list()
        .map((size) => size.count(0));
      const quantization = place.at("quantization");
      const { size, read } = readerOf(place.at("dtype"), quantization);
      const begin = end;
      // A product beyond 2^53 is inexact, and too long all the same.
      const count = shape.reduce((product, length) => product * length, 1);
      end += count * size;
      if (!(end <= bytes.length)) checkShard(weights, bytes);
      if (!(end <= bytes.length))
        throw place.error(
          `expected ${count * size} bytes for ${textOf(shape)}, got ${bytes.length - begin} that are left`,
        );
      // The state of an optimizer is no part of the model.
      if (place.at("group").value === "optimizer") continue;
      if (this.weights.has(shortName(name)))
        throw place.error(`the name ${JSON.stringify(name)} comes twice`);
      this.weights.set(shortName(name), {
        name,
        shape,
        values: () => Float32Array.from({ length: count }, (_, i) => read(view, begin + i * size)),
      });
    }
    if (end !== bytes.length) checkShard(weights, bytes);
    if (end !== bytes.length) throw weights.error(`expected ${end} bytes in its shards, got ${bytes.length}`);
  }
}

/** @throws FormatError for what is recognised, and is no weights */
function checkShard(weights: Place, bytes: Uint8Array): void {
  const file = recognize(bytes);
  if (file) throw weights.error(insteadOf("its shard to hold weights", file));
}

function joined(shards: readonly Uint8Array[]): Uint8Array {
  if (shards.length === 1) return shards[0];
  const bytes = new Uint8Array(shards.reduce((length, shard) => length + shard.length, 0));
  let at = 0;
  for (const shard of shards) {
    bytes.set(shard, at);
    at += shard.length;
  }
  return bytes;
}

/**
 * How a weight's elements are read: quantised ones, as tfjs-core 4.22 does in io/io_utils.ts, are q scale +
 * min. @throws FormatError for an unknown type
 */
function readerOf(
  dtype: Place,
  quantization: Place,
): { readonly size: number; readonly read: (view: DataView, at: number) => number } {
  const typeAt = (place: Place) => {
    const name = place.text();
    if (!Object.hasOwn(types, name)) throw place.wrong(`one of ${Object.keys(types).join(", ")}`);
    return types[name as keyof typeof types];
  };
  if (quantization.empty) return typeAt(dtype);
  const stored = quantization.at("dtype");
  if (stored.value === "float16") {
    const bits = new Uint32Array(1);
    const float = new Float32Array(bits.buffer);
    return {
      size: 2,
      read: (view, at) => {
        bits[0] = floatBitsOfHalf(view.getUint16(at, true));
        return float[0];
      },
    };
  }
  if (stored.value !== "uint8" && stored.value !== "uint16") throw stored.wrong("uint8, uint16 or float16");
  const { size, read } = typeAt(stored);
  const scale = quantization.at("scale").number();
  const min = quantization.at("min").number();
  return { size, read: (view, at) => read(view, at) * scale + min };
}
