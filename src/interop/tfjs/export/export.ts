import { checkModel } from "../../../core/check.js";
import { ValueError } from "../../../index.js";
import type { AnyNetwork } from "../../../network/trainable.js";
import { layers } from "./layers.js";
import { type Stored, WHO, Writer, type Writing, type Written } from "./writer.js";

/** The files that tf.loadLayersModel opens, by their names. */
export type TfjsFiles = { readonly "model.json": string; readonly "weights.bin": Uint8Array<ArrayBuffer> };

/**
 * A model in the format of TensorFlow.js 4, which `tf.loadLayersModel` opens: its files by their names. A
 * model whose layers follow one another becomes a Sequential of Keras, any other a functional model with the
 * same inputs, outputs and shared layers. What TensorFlow.js has no layer for is written as several, where
 * they give the same: a padding in numbers as a ZeroPadding2D, `subtract` as a Rescaling and an Add.
 * site/reference/file-formats.md lists them. Labels, metadata and the encoding of records stand under
 * userDefinedMetadata.
 *
 * @example
 * const model = new Sequential(backend, { inputShape: 4, layers: [dense(2)] });
 * for (const [name, content] of Object.entries(exportTfjs(model))) await writeFile(name, content);
 *
 * @throws ValueError for a layer, an option or an activation that TensorFlow.js does not have, with the layer
 * and what to do; DisposedError
 */
export function exportTfjs(model: AnyNetwork): TfjsFiles {
  checkModel("exportTfjs", model);
  const { structure, encoding, labels, metadata } = model;
  const writer = new Writer();
  const inputs = structure.inputs.map(({ name, shape }) => writer.input(name, shape));
  const written = writtenBy(writer, model, inputs);
  const outputs = structure.outputTensors.map((tensor) => written[tensor]);
  const json = {
    format: "layers-model",
    generatedBy: "lanewise",
    convertedBy: null,
    modelTopology: {
      ...writer.topology(inputs, outputs),
      keras_version: "2.15.0",
      backend: "tensorflow",
    },
    weightsManifest: [{ paths: ["weights.bin"], weights: writer.manifest }],
    userDefinedMetadata: { labels, metadata, encoding },
  };
  return { "model.json": JSON.stringify(json), "weights.bin": writer.bytes };
}

/** Writes the calls of the layers; returns what all tensors are in the file. @throws ValueError */
function writtenBy(writer: Writer, model: AnyNetwork, inputs: readonly Written[]): Written[] {
  const { layers: named, calls, shapes } = model.structure;
  const tensors = new Map(
    model.tensors.map(({ name, shape, address }): [string, Stored] => {
      const size = shape.reduce((product, length) => product * length, 1);
      return [name, { shape, values: model.backend.floats(address, size).slice() }];
    }),
  );
  const names = named.map(({ layer, name, index }) =>
    writer.name(layer.name ?? `${layer.config.type}_${index < 0 ? name : index}`),
  );
  const written = [...inputs];
  for (const { layer, inputs: taken, output } of calls) {
    const { layer: spec, name: prefix } = named[layer];
    const { config } = spec;
    const refusal = (what: string) =>
      new ValueError(`${WHO}: layer ${spec.name === undefined ? prefix : JSON.stringify(prefix)} ${what}`);
    if (!Object.hasOwn(layers, config.type))
      throw refusal(
        `is of type ${config.type}, which TensorFlow.js does not have; build the model of layers that it has`,
      );
    const writing: Writing = {
      writer,
      config,
      inputs: taken.map((tensor) => written[tensor]),
      to: shapes[output],
      name: names[layer],
      find: (tensor) => tensors.get(`${prefix}.${tensor}`),
      stored: (tensor) => tensors.get(`${prefix}.${tensor}`) as Stored,
      refusal,
    };
    written[output] = layers[config.type](writing);
  }
  return written;
}
