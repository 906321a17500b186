import type { Place } from "../foreign-json.js";

/** A functional model of Keras as a graph: its layers, their calls, and what each call takes. */

/** An output of a call: [layer, call, tensor] in a file. */
export interface Source {
  readonly layer: string;
  readonly call: number;
  readonly tensor: number;
}

/** A call of a layer. */
export interface Call {
  readonly layer: Place;
  readonly name: string;
  /** The number of the call among those of its layer. */
  readonly call: number;
  readonly sources: readonly Source[];
  /** What the call has beside its tensors, of a layer that takes tensors by name. */
  readonly keywords?: Place;
}

/** The calls in an order in which each comes after those that it takes. */
export interface KerasGraph {
  readonly inputs: readonly Source[];
  readonly calls: readonly Call[];
  readonly outputs: readonly Source[];
}

const quote = (name: string) => JSON.stringify(name.slice(0, 60));

/** Whether a class is a model that is made of layers. */
export const isModel = (type: unknown): boolean =>
  type === "Sequential" || type === "Functional" || type === "Model";

export const keyOf = ({ layer, call }: Pick<Source, "layer" | "call">): string => `${call} ${layer}`;

/** The name of a layer, which its configuration has, or the layer itself. @throws FormatError */
export const nameOf = (layer: Place): string =>
  (layer.at("name").empty ? layer.at("config").at("name") : layer.at("name")).text();

/**
 * The graph of a functional model.
 * @throws FormatError for names that come twice, sources that are missing, calls that go round in circles and
 * layers that lead to no output
 */
export function graphOf(config: Place): KerasGraph {
  const layers = config.at("layers").list();
  if (layers.length === 0) throw config.wrong("layers");
  const names = new Map<string, Place>();
  for (const layer of layers) {
    const name = nameOf(layer);
    if (names.has(name)) throw layer.error(`the name ${quote(name)} comes twice`);
    names.set(name, layer);
  }
  const written = layers.flatMap(callsOf);
  const outputs = portsOf(config.at("output_layers"));
  if (outputs.length === 0) throw config.at("output_layers").wrong("at least one output");
  const first = firstCalls(names, [...written.flatMap(({ sources }) => sources), ...outputs]);
  const counted = (source: Source): Source => ({
    ...source,
    call: source.call - (first.get(source.layer) ?? 0),
  });
  const calls = written.map((call) => ({ ...call, sources: call.sources.map(counted) }));
  const ordered = inOrder(config, calls, outputs.map(counted));
  const inputs = config.at("input_layers").empty
    ? ordered.filter(({ sources }) => sources.length === 0).map(({ name }) => sourceOf(name))
    : portsOf(config.at("input_layers"));
  return { inputs, calls: ordered, outputs: outputs.map(counted) };
}

const sourceOf = (layer: string): Source => ({ layer, call: 0, tensor: 0 });

/** The calls of a layer. An input is called by nobody, and stands for one call. */
function callsOf(layer: Place): Call[] {
  const name = nameOf(layer);
  const nodes = layer.at("inbound_nodes").empty ? [] : layer.at("inbound_nodes").list();
  if (nodes.length === 0 && layer.at("class_name").value === "InputLayer")
    return [{ layer, name, call: 0, sources: [] }];
  const byName = layer.at("class_name").value === "MultiHeadAttention";
  return nodes.map((node, call) => {
    if (!byName) return { layer, name, call, sources: sourcesOf(node) };
    const keywords = keywordsOf(node);
    return { layer, name, call, sources: namedSources(node, keywords), keywords };
  });
}

/** What a call has by name: beside its first tensor in Keras 2, under "kwargs" in Keras 3. */
function keywordsOf(node: Place): Place | undefined {
  const place = Array.isArray(node.value) ? node.list()[0]?.list()[3] : node.at("kwargs");
  return place?.empty ? undefined : place;
}

/** The query, the value and the key of an attention, of which each may stand by name or by place. */
function namedSources(node: Place, keywords: Place | undefined): Source[] {
  const placed = sourcesOf(Array.isArray(node.value) ? node : node.at("args"));
  const named = ["query", "value", "key"].map((name) => {
    const place = keywords?.at(name);
    if (!place || place.empty) return undefined;
    return isTensor(place) ? sourceFrom(place.at("config").at("keras_history")) : sourceFrom(place);
  });
  const sources: Source[] = [];
  for (const source of named) {
    const next = source ?? placed.shift();
    if (next) sources.push(next);
  }
  if (placed.length > 0) throw node.error("expected a query, a value and a key, got more tensors");
  return sources;
}

/**
 * The number that the first call of each model within the model has: some versions of Keras count the call
 * that a model was made of as number 0.
 */
function firstCalls(names: ReadonlyMap<string, Place>, sources: readonly Source[]): Map<string, number> {
  const first = new Map<string, number>();
  for (const { layer, call } of sources)
    if (isModel(names.get(layer)?.at("class_name").value))
      first.set(layer, Math.min(call, first.get(layer) ?? call));
  return first;
}

/**
 * What a call takes: in Keras 2 and TensorFlow.js a list of [layer, call, tensor, arguments], in Keras 3
 * arguments that are tensors with a history, or lists of such.
 */
function sourcesOf(node: Place): Source[] {
  if (Array.isArray(node.value)) return node.list().some(isTensor) ? historiesOf(node) : portsOf(node);
  const keywords = node.at("kwargs");
  if (!keywords.empty)
    for (const name of keywords.names())
      if (isTensor(keywords.at(name))) throw codeAt(keywords.at(name), "a tensor by its name");
  return historiesOf(node.at("args"));
}

/** Arguments that are tensors with a history, or lists of such. */
function historiesOf(place: Place): Source[] {
  return place
    .list()
    .flatMap((argument) => (Array.isArray(argument.value) ? argument.list() : [argument]))
    .map((argument) => {
      if (!isTensor(argument)) throw codeAt(argument, "a number or the like");
      return sourceFrom(argument.at("config").at("keras_history"));
    });
}

const isTensor = ({ value }: Place): boolean =>
  value !== null && typeof value === "object" && Object.hasOwn(value, "config");

const codeAt = (place: Place, got: string) =>
  place.error(
    `expected a layer that takes tensors of other layers alone, got ${got}, as an operation in code has: build the model of layers that lanewise has`,
  );

/** Tensors of other layers: a list of them, an object of them, or one that stands without a list about it. */
function portsOf(place: Place): Source[] {
  if (!Array.isArray(place.value)) return place.names().map((name) => sourceFrom(place.at(name)));
  const items = place.list();
  return typeof items[0]?.value === "string" ? [sourceFrom(place)] : items.map(sourceFrom);
}

function sourceFrom(place: Place): Source {
  const [layer, call, tensor] = place.list();
  if (!layer) throw place.wrong("a layer's name");
  return { layer: layer.text(), call: call?.count(0) ?? 0, tensor: tensor?.count(0) ?? 0 };
}

/** Each call after those that it takes, else in the order of the file. @throws FormatError */
function inOrder(config: Place, calls: readonly Call[], outputs: readonly Source[]): Call[] {
  const byKey = new Map(calls.map((call) => [keyOf({ ...call, layer: call.name }), call]));
  const find = (place: Place, source: Source): Call => {
    const found = byKey.get(keyOf(source));
    if (found) return found;
    throw place.error(`takes the output of ${quote(source.layer)}, which is not there`);
  };
  const ordered: Call[] = [];
  const states = new Map<Call, "open" | "done">();
  const visit = (root: Call): void => {
    const left = [root];
    for (let call = left[left.length - 1]; call; call = left[left.length - 1]) {
      if (states.get(call) === undefined) {
        states.set(call, "open");
        for (const source of [...call.sources].reverse()) {
          const next = find(call.layer, source);
          if (states.get(next) === "open")
            throw call.layer.error(`takes its own output, through ${quote(source.layer)}`);
          if (!states.has(next)) left.push(next);
        }
        continue;
      }
      if (states.get(call) === "open") ordered.push(call);
      states.set(call, "done");
      left.pop();
    }
  };
  for (const output of outputs) find(config.at("output_layers"), output);
  for (const call of calls) visit(call);
  checkUsed(ordered, outputs, (call, source) => find(call.layer, source));
  return ordered;
}

/** @throws FormatError for a call that leads to no output: its weights would be lost */
function checkUsed(
  ordered: readonly Call[],
  outputs: readonly Source[],
  find: (call: Call, source: Source) => Call,
): void {
  const keys = new Set(outputs.map(keyOf));
  const used = new Set(ordered.filter((call) => keys.has(keyOf({ ...call, layer: call.name }))));
  for (const call of [...ordered].reverse())
    if (used.has(call)) for (const source of call.sources) used.add(find(call, source));
  const unused = ordered.find((call) => !used.has(call));
  if (unused)
    throw unused.layer.error(
      "leads to no output of the model: leave the layer out, or make what comes of it an output",
    );
}
