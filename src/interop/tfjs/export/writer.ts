import type { ValueError } from "../../../index.js";
import type { LayerConfig } from "../../../layers/layer.js";

export const WHO = "exportTfjs";

/** An output of a call of a layer in the file. */
export interface Written {
  readonly layer: string;
  readonly call: number;
  /** The shape of a sample. */
  readonly shape: readonly number[];
  /** Whether steps of padding are masked. */
  readonly masked?: boolean;
}

/** A tensor of the model, or of the file. */
export interface Stored {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A layer of Keras, with what each of its calls takes. */
interface KerasLayer {
  readonly class_name: string;
  readonly name: string;
  readonly config: Record<string, unknown>;
  readonly calls: (readonly Written[])[];
  /** What two uses of one layer have in common. */
  readonly kind: string;
}

/** A use of a layer that is written. */
export interface Writing {
  readonly writer: Writer;
  readonly config: LayerConfig;
  readonly inputs: readonly Written[];
  /** The shape of a sample of its output. */
  readonly to: readonly number[];
  /** What the layer is called in the file. */
  readonly name: string;
  /** One of the layer's tensors, or undefined where it has none of that name. */
  find(tensor: string): Stored | undefined;
  /** One of the layer's tensors. */
  stored(tensor: string): Stored;
  /** What to throw for a layer that TensorFlow.js cannot express. */
  refusal(what: string): ValueError;
}

/** How a layer is written: its output. @throws ValueError for what TensorFlow.js does not have */
export type Write = (writing: Writing) => Written;

/** The layers of a model of Keras as they come, and their weights. */
export class Writer {
  private readonly layers = new Map<string, KerasLayer>();
  private readonly weights: (Stored & { readonly name: string })[] = [];
  private readonly names = new Set<string>();

  /** A name that no other layer has. What stands behind a slash is the name of a weight. */
  name(wanted: string): string {
    const plain = wanted.replace(/[^\w.-]/g, "_");
    let name = plain;
    for (let i = 1; this.names.has(name); i++) name = `${plain}_${i}`;
    this.names.add(name);
    return name;
  }

  input(wanted: string, shape: readonly number[]): Written {
    const config = { batch_input_shape: [null, ...shape], dtype: "float32", sparse: false };
    return this.call("InputLayer", this.name(wanted), config, [], shape, {});
  }

  /** The output of a layer without weights, which has a name like `wanted`. */
  add(
    className: string,
    wanted: string,
    config: object,
    inputs: readonly Written[],
    shape: readonly number[],
  ): Written {
    const isFree = this.names.has(wanted) && !this.layers.has(wanted);
    return this.call(className, isFree ? wanted : this.name(wanted), config, inputs, shape, {});
  }

  /**
   * The output of a layer of this name, which is written once, with its weights. A use with another
   * configuration, which an input of another shape may need, is a layer of its own.
   */
  call(
    className: string,
    wanted: string,
    config: object,
    inputs: readonly Written[],
    shape: readonly number[],
    weights: Readonly<Record<string, Stored | undefined>>,
  ): Written {
    const stored = Object.entries(weights).filter((entry): entry is [string, Stored] => !!entry[1]);
    const kind = JSON.stringify([className, config, stored.map(([, { shape }]) => shape)]);
    const known = this.layers.get(wanted);
    if (known?.kind === kind) {
      known.calls.push(inputs);
      return { layer: wanted, call: known.calls.length - 1, shape };
    }
    const name = known ? this.name(wanted) : wanted;
    const layer = { class_name: className, name, config: { name, ...config }, calls: [inputs], kind };
    this.layers.set(name, layer);
    for (const [tensor, { shape, values }] of stored)
      this.weights.push({ name: `${name}/${tensor}`, shape, values });
    return { layer: name, call: 0, shape };
  }

  /** The same elements under another shape. */
  reshaped(x: Written, shape: readonly number[]): Written {
    if (x.shape.join() === shape.join()) return x;
    return this.add("Reshape", `reshape_${x.layer}`, { target_shape: shape }, [x], shape);
  }

  /** Applies `make` to a sequence as an image of one column, and turns the result back. */
  asColumn(x: Written, make: (image: Written) => Written): Written {
    const [length, channels] = x.shape;
    const { shape, ...image } = make(this.reshaped(x, [length, 1, channels]));
    return this.reshaped({ ...image, shape }, [shape[0], shape[2]]);
  }

  /** The model: a Sequential if its layers follow one another. */
  topology(inputs: readonly Written[], outputs: readonly Written[]): object {
    const all = [...this.layers.values()];
    const [first, ...row] = all;
    const isRow =
      inputs.length === 1 &&
      outputs.length === 1 &&
      row.length > 0 &&
      row.every(({ calls }, i) => {
        const [taken, more] = calls;
        return !more && taken.length === 1 && taken[0].layer === all[i].name;
      }) &&
      outputs[0].layer === row[row.length - 1].name;
    if (isRow) {
      const { batch_input_shape } = first.config;
      const layers = row.map(({ class_name, config }, i) => ({
        class_name,
        config: i === 0 ? { ...config, batch_input_shape } : config,
      }));
      return { class_name: "Sequential", config: { name: "lanewise", layers } };
    }
    const portOf = ({ layer, call }: Written) => [layer, call, 0];
    const layers = all.map(({ class_name, name, config, calls }) => ({
      class_name,
      name,
      config,
      inbound_nodes:
        class_name === "InputLayer" ? [] : calls.map((taken) => taken.map((x) => [...portOf(x), {}])),
    }));
    return {
      class_name: "Model",
      config: {
        name: "lanewise",
        layers,
        input_layers: inputs.map(portOf),
        output_layers: outputs.map(portOf),
      },
    };
  }

  /** The entries of the weights in the manifest. */
  get manifest(): object[] {
    return this.weights.map(({ name, shape }) => ({ name, shape, dtype: "float32" }));
  }

  /** The weights behind one another. */
  get bytes(): Uint8Array<ArrayBuffer> {
    const { weights } = this;
    const bytes = new Uint8Array(weights.reduce((length, { values }) => length + values.byteLength, 0));
    let at = 0;
    for (const { values } of weights) {
      bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
      at += values.byteLength;
    }
    return bytes;
  }
}
