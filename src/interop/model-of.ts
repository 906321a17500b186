import {
  activation,
  type Backend,
  type Encoding,
  type Layer,
  Model,
  Sequential,
  type Tensor,
} from "../index.js";

/** A layer that was made, and the values of its parameters and buffers by their names. */
export interface Made {
  /** Undefined where a function made it, which has nothing to learn. */
  readonly layer?: Layer;
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly values: Readonly<Record<string, ArrayLike<number>>>;
}

/** What a file was read as: layers between symbolic tensors. */
export interface Read {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** The layers in their order. */
  readonly made: readonly Made[];
}

/**
 * What a file says about a model. Labels are kept only if they are a name for each output, and an encoding
 * only if it has columns: other programs may use these places differently.
 */
export interface Words {
  readonly labels: unknown;
  readonly encoding: unknown;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The model that a file was read as, with its values: a Sequential if its layers follow one another, else a
 * Model. @throws ValueError, ShapeError, OutOfMemoryError, DisposedError
 */
export function modelOf(backend: Backend, read: Read, { labels, encoding, metadata }: Words): Model {
  const { inputs, outputs, made } = read;
  const named = outputs.length === 1 && areLabels(labels, outputs[0].shape);
  const encodes = Array.isArray((encoding as Partial<Encoding> | null | undefined)?.columns);
  const common = {
    metadata,
    ...(named && { labels: labels as string[] }),
    ...(encodes && { encoding: encoding as Encoding }),
  };
  for (const { layer } of made) if (layer) forgetInitializers(layer.config);
  const layers = rowOf(read);
  const model = layers
    ? new Sequential(backend, {
        inputShape: inputs[0].shape,
        layers: layers.length > 0 ? layers : [activation("linear")],
        ...common,
      })
    : (new Model(backend, {
        inputs: inputs.length === 1 ? inputs[0] : inputs,
        outputs: outputs.length === 1 ? outputs[0] : outputs,
        ...common,
      }) as Model);
  const prefixes = new Map(model.structure.layers.map(({ layer, name }) => [layer, name]));
  const tensors = new Map([...model.parameters, ...model.buffers].map(({ name, value }) => [name, value]));
  for (const { layer, values } of made)
    for (const [name, numbers] of Object.entries(values))
      tensors.get(`${layer && prefixes.get(layer)}.${name}`)?.set(numbers);
  return model;
}

/**
 * Readers begin with zeros, since the values follow; how the weights began in the other program is not known.
 */
function forgetInitializers(config: Record<string, unknown>): void {
  for (const option of Object.keys(config)) if (/initializer$/i.test(option)) delete config[option];
  if (config.layer) forgetInitializers(config.layer as Record<string, unknown>);
}

/** The layers from the input to the output, each used once; undefined for any other graph. */
function rowOf({ inputs, outputs, made }: Read): readonly Layer[] | undefined {
  if (inputs.length !== 1 || outputs.length !== 1) return undefined;
  const makers = new Map(made.map((each) => [each.output, each]));
  const row: Layer[] = [];
  for (let tensor = outputs[0]; tensor !== inputs[0]; ) {
    const maker = makers.get(tensor);
    if (!maker?.layer || maker.inputs.length !== 1) return undefined;
    row.push(maker.layer);
    [tensor] = maker.inputs;
  }
  return new Set(row).size === row.length ? row.reverse() : undefined;
}

function areLabels(labels: unknown, shape: readonly number[]): boolean {
  const count = shape.reduce((size, length) => size * length, 1);
  return (
    Array.isArray(labels) &&
    labels.every((label) => typeof label === "string") &&
    (labels.length === count || (count === 1 && labels.length === 2))
  );
}
