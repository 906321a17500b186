import type { Place } from "./foreign-json.js";

/** The deepest nesting of models that is read. */
const DEEPEST = 16;

const quoted = (names: readonly string[]) =>
  names
    .slice(0, 5)
    .map((name) => JSON.stringify(name.slice(0, 60)))
    .join(" and ");

/** Whether a class is a model that is made of layers. */
const isModel = (type: unknown) => type === "Sequential" || type === "Functional" || type === "Model";

/**
 * The layers of a model of Keras in the order in which a sample goes through them, those of models within it
 * too. @throws FormatError for anything but layers in a row, with where it branches
 */
export function layersInRow(model: Place, depth = 0): Place[] {
  const type = model.at("class_name");
  if (!isModel(type.value)) throw type.wrong('"Sequential" or "Functional"');
  if (depth > DEEPEST) throw model.error(`expected models within each other at most ${DEEPEST} deep`);
  const config = model.at("config");
  // Early versions had the list of a Sequential alone.
  const layers = Array.isArray(config.value) ? config.list() : config.at("layers").list();
  if (layers.length === 0) throw config.wrong("layers");
  const row = type.value === "Sequential" ? layers : rowOf(config, layers);
  return row.flatMap((layer) =>
    isModel(layer.at("class_name").value) ? layersInRow(layer, depth + 1) : [layer],
  );
}

/** A layer of a functional model. */
interface Node {
  readonly place: Place;
  readonly name: string;
  /** The layers whose outputs it takes. */
  readonly sources: readonly string[];
}

/** The layers from the input of a functional model to its output. */
function rowOf(config: Place, places: readonly Place[]): Place[] {
  const nodes = new Map<string, Node>();
  const users = new Map<string, string[]>();
  for (const place of places) {
    const node = nodeFrom(place);
    if (nodes.has(node.name)) throw place.error(`the name ${quoted([node.name])} comes twice`);
    nodes.set(node.name, node);
    for (const source of node.sources) users.set(source, [...(users.get(source) ?? []), node.name]);
  }
  const outputs = tensorsIn(config.at("output_layers"));
  if (outputs.length !== 1)
    throw config.at("output_layers").error(`expected a model with 1 output, got ${outputs.length}`);
  const row: Place[] = [];
  const left = new Map(nodes);
  let next: string | undefined = outputs[0];
  while (next !== undefined) {
    const node = left.get(next);
    if (!node) throw config.error(`expected layers in a row, got no further layer ${quoted([next])}`);
    left.delete(next);
    const { place, sources } = node;
    const used = users.get(next) ?? [];
    if (sources.length > 1)
      throw place.error(
        `joins the branches ${quoted(sources)}: importTfjs reads models whose layers are in a row`,
      );
    if (used.length > (next === outputs[0] ? 0 : 1))
      throw place.error(`branches into ${quoted(used)}: importTfjs reads models whose layers are in a row`);
    row.push(place);
    next = sources[0];
  }
  const [apart] = left.values();
  if (apart)
    throw apart.place.error("is not in the row from the input to the output: lanewise takes one row");
  return row.reverse();
}

function nodeFrom(place: Place): Node {
  const name = (place.at("name").empty ? place.at("config").at("name") : place.at("name")).text();
  const calls = place.at("inbound_nodes").empty ? [] : place.at("inbound_nodes").list();
  if (calls.length > 1)
    throw place.error(`is used ${calls.length} times: importTfjs reads models whose layers are in a row`);
  return { place, name, sources: calls.flatMap(sourcesOf) };
}

/**
 * The layers that a call takes its tensors from: in Keras 2 and TensorFlow.js a list of [layer, node, tensor,
 * arguments], in Keras 3 arguments of which tensors have a history.
 */
function sourcesOf(call: Place): string[] {
  if (Array.isArray(call.value)) return tensorsIn(call);
  const [first, ...others] = call.at("args").list();
  if (first === undefined || others.length > 0)
    throw call
      .at("args")
      .error(
        `expected a layer that takes one tensor, got ${1 + others.length} arguments, as an operation in code has: build the model of layers that lanewise has`,
      );
  const tensors = Array.isArray(first.value) ? first.list() : [first];
  return tensors.flatMap((tensor) => tensorsIn(tensor.at("config").at("keras_history")));
}

/** The layers of a list of [layer, node, tensor], or of one that stands without a list about it. */
function tensorsIn(place: Place): string[] {
  const tensors = place.list();
  if (typeof tensors[0]?.value === "string") return [tensors[0].text()];
  return tensors.map((tensor) => {
    const [layer] = tensor.list();
    if (!layer) throw tensor.wrong("a layer's name");
    return layer.text();
  });
}
