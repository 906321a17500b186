import { checkModel } from "../core/check.js";
import { fileArchitecture } from "../files/architecture.js";
import { sizeOf } from "../graph/value.js";
import type { LayerConfig } from "../layers/layer.js";
import type { AnyNetwork } from "../network/trainable.js";
import type { ModelSpec } from "./model-spec.js";

/**
 * The architecture of a model as JSON: its layers, seed, labels, metadata and encoding, without its weights.
 * `modelFrom` makes a model of it that begins with the weights that this one began with.
 *
 * @example
 * const model = new Sequential(backend, { inputShape: 2, seed: 1, layers: [flatten()] });
 * console.log(JSON.stringify(architectureOf(model)));
 * // {"inputShape":[2],"seed":1,"layers":[{"type":"flatten"}]}
 *
 * @throws ValueError for what is no model; DisposedError
 */
export function architectureOf(model: AnyNetwork): ModelSpec {
  checkModel("architectureOf", model);
  model.check();
  const { structure, labels, metadata, encoding, backend } = model;
  const { inputs, isSequential, seed } = structure;
  const layers: LayerConfig[] = [];
  for (const { layer, name, index } of structure.layers) {
    // The numbers of a scaling are no weights: without them there is no such layer.
    const numbers =
      layer.config.type === "scaling"
        ? model.tensors
            .filter((tensor) => tensor.name.startsWith(`${name}.`))
            .map(({ name: own, shape, address }) => [
              own.slice(name.length + 1),
              Array.from(backend.floats(address, sizeOf(shape))),
            ])
        : [];
    if (index >= 0) layers.push({ ...layer.config, ...Object.fromEntries(numbers) });
  }
  // An object of its own: what is changed in it changes no layer.
  return JSON.parse(
    JSON.stringify({
      ...(isSequential
        ? { inputShape: inputs[0].shape, seed }
        : fileArchitecture(structure, { epoch: 0, step: 0 }).architecture),
      ...(layers.length < structure.layers.length && { version: 1 }),
      layers,
      labels,
      metadata: Object.keys(metadata).length > 0 ? metadata : undefined,
      encoding,
    }),
  );
}
