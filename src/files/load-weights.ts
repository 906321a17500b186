import { checkModel, checkName, checkOptions, show } from "../core/check.js";
import { FormatError, ValueError } from "../core/errors.js";
import { bytesOf, classOf } from "../core/source.js";
import type { Layer } from "../layers/layer.js";
import { layerOfTensor } from "../network/tensor-layer.js";
import type { AnyNetwork } from "../network/trainable.js";
import { tensorProblems } from "./model-file.js";
import { ordersOf, ordersText } from "./module-order.js";
import { insteadOf, tensorFileOf } from "./recognize.js";
import { floatsOf, parseSafetensors, type Tensor } from "./safetensors.js";
import { moduleTensors, withoutCounts, withScalings } from "./state-dict.js";
import { type FileTensor, type TorchModule, torchModule, torchTensors, unnamedModules } from "./torch.js";
import { joinedModules } from "./torch-attention.js";

/** How a file names tensors and orders the elements of kernels: as lanewise does, or as PyTorch does. */
export type WeightsLayout = "lanewise" | "torch";

/** The options of `loadWeights`. */
export interface LoadWeightsOptions {
  /**
   * Whose names and shapes the file has: "lanewise" (default), as in `model.parameters`; or "torch", a
   * state_dict, in which kernels are [units, inputs] or [filters, channels, ...kernel]. Its modules go to the
   * layers of the model that have no name by their shapes and by the numbers in their names, as those of an
   * nn.Sequential have. In a model without batchNormalization a BatchNorm1d goes to a scaling, with PyTorch's
   * epsilon of 1e-5.
   */
  layout?: WeightsLayout;
  /**
   * Which modules of a state_dict the layers that have tensors and no name of their own take, in order:
   * `["fc_in", "hidden", "head"]`. Layers of one recurrent module are "rnn_l0" and "rnn_l1". Needed where the
   * shapes allow several orders and names have no numbers.
   */
  order?: readonly string[];
  /**
   * What the file calls tensors that have another name there, by the name in `model.parameters`: `{
   * "0.weight": "encoder.weight" }`.
   */
  names?: Readonly<Record<string, string>> | ((name: string) => string | undefined);
  /**
   * Layers of the model, from `model.layers`: only their tensors are replaced, and the file may have others.
   * Default: all layers, and the file has nothing else.
   */
  layers?: readonly Layer[];
}

const WHO = "loadWeights";

/**
 * Replaces the weights and the other tensors of a model by those of a safetensors file with the same names
 * and shapes, or with what `options` make of them.
 *
 * @example
 * const create = (seed: number) => new Sequential(backend, { inputShape: 4, seed, layers: [dense(2)] });
 * const [first, second] = [create(1), create(2)];
 * loadWeights(second, saveModel(first));
 * console.log((await first.weightsDigest()) === (await second.weightsDigest())); // true
 *
 * @throws FormatError that lists what is missing, unexpected or of another shape, before anything has
 * changed, and for modules of a state_dict that could go to the layers in several orders; ValueError,
 * DisposedError, BusyError while fit runs
 */
export function loadWeights(
  model: AnyNetwork,
  file: ArrayBuffer | ArrayBufferView,
  options: LoadWeightsOptions = {},
): void {
  checkModel(WHO, model);
  checkOptions(WHO, options, ["layout", "order", "names", "layers"]);
  const { layout = "lanewise" } = options;
  checkName(WHO, "layout", layout, { lanewise: 0, torch: 0 });
  checkOrder(model, options);
  checkLayers(model, options.layers);
  const bytes = bytesOf(file);
  if (!bytes) throw new ValueError(`${WHO} expected the bytes of a safetensors file, got ${classOf(file)}`);
  const { metadata, tensors } = parseSafetensors(bytes, WHO);
  checkKind(layout, metadata.format);
  model.checkIdle(WHO);
  const plan = planFor(model, tensors, layout, options);
  checkPlan(plan, options.layout, metadata.format, (other) => planFor(model, tensors, other, options));
  checkAdded(plan);
  model.invalidate();
  for (const { name, address, places, zeroFrom, span } of plan.places) {
    const values = floatsOf(plan.tensors.get(name) as Tensor);
    const to = model.backend.floats(address, span ?? values.length);
    if (zeroFrom !== undefined) for (const [i, value] of values.entries()) to[i] += value;
    else if (!places) to.set(values);
    else for (const [i, at] of places().entries()) to[at] = values[i];
  }
}

/** Where each tensor of a model is in a file. */
interface Plan {
  readonly places: readonly FileTensor[];
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** What does not fit; empty where everything does. */
  readonly problems: string;
  /** Whether the only problem is that it fits in several ways. */
  readonly ambiguous?: boolean;
}

function planFor(
  model: AnyNetwork,
  file: ReadonlyMap<string, Tensor>,
  layout: WeightsLayout,
  { order, names, layers }: LoadWeightsOptions,
): Plan {
  const planOf = (places: readonly FileTensor[], tensors: ReadonlyMap<string, Tensor>): Plan =>
    planOfLayers(model, places, tensors, layers);
  if (layout === "lanewise") {
    const places = model.tensors.map((tensor) => ({ ...tensor, own: tensor.name, places: undefined }));
    return planOf(renamed(places, names), file);
  }
  const known = new Set(model.tensors.map(({ name }) => name));
  const normalizes = model.layerConfigs.some(({ type }) => type === "batchNormalization");
  const tensors = normalizes ? withoutCounts(file) : withScalings(WHO, file, (name) => known.has(name));
  const modulesByName = new Map(modulesOf(tensors).map(({ module }) => [module.name, module]));
  if (order) {
    const ordered = order.map((name) => modulesByName.get(name) ?? torchModule(name));
    return planOf(torchTensors(model, ordered), tensors);
  }
  const numbered = numbersOf(tensors).map(torchModule);
  if (names) return planOf(renamed(torchTensors(model, numbered), names), tensors);
  const { orders, complete } = moduleOrders(model, tensors);
  const [modules, another] = orders.map((found) => found.map(({ module }) => module));
  const plan = planOf(torchTensors(model, modules ?? numbered), tensors);
  if (another || (modules && !complete)) {
    const problems =
      `the shapes of the file allow the modules ${ordersText(orders, complete)}; ` +
      "pass order, the names of the modules in the order of the layers";
    return { ...plan, problems, ambiguous: true };
  }
  const hint = "; pass order or names to say which module goes to which layer";
  const unnumbered = plan.problems !== "" && numbersOf(tensors).length === 0;
  return unnumbered ? { ...plan, problems: plan.problems + hint } : plan;
}

/** The plan for the tensors of some layers, or of all. */
function planOfLayers(
  { structure }: AnyNetwork,
  places: readonly FileTensor[],
  tensors: ReadonlyMap<string, Tensor>,
  layers: readonly Layer[] | undefined,
): Plan {
  if (!layers) return { places, tensors, problems: tensorProblems(places, tensors) };
  const wanted = places.filter(({ own }) =>
    layers.includes(structure.layers[layerOfTensor(structure, own)].layer),
  );
  const names = new Set(wanted.map(({ name }) => name));
  const found = new Map([...tensors].filter(([name]) => names.has(name)));
  return { places: wanted, tensors: found, problems: tensorProblems(wanted, found) };
}

/** Places with the names that the option gives. @throws ValueError for names of no tensor */
function renamed(places: readonly FileTensor[], names: LoadWeightsOptions["names"]): readonly FileTensor[] {
  if (!names) return places;
  if (typeof names !== "function")
    checkOptions(
      `${WHO}: names`,
      names,
      places.map(({ own }) => own),
    );
  const nameOf =
    typeof names === "function"
      ? names
      : (own: string) => (Object.hasOwn(names, own) ? names[own] : undefined);
  return places.map((place) => ({ ...place, name: nameOf(place.own) ?? place.name }));
}

/** @throws FormatError for a bias that the layer has no place for */
function checkAdded({ places, tensors }: Plan): void {
  for (const { name, own, zeroFrom = Number.POSITIVE_INFINITY } of places) {
    const values = Number.isFinite(zeroFrom) ? floatsOf(tensors.get(name) as Tensor) : undefined;
    const wrong = values?.findIndex((value, i) => i >= zeroFrom && value !== 0) ?? -1;
    if (wrong >= 0)
      throw new FormatError(
        `${WHO}: ${name} has ${values?.[wrong]} at index ${wrong}, in the bias of the third gate, for which the layer of ${own} has no place: make it with recurrentBias: true`,
      );
  }
}

/** The numbers that names of tensors begin with, as those of an nn.Sequential do, in order. */
const numbersOf = (tensors: ReadonlyMap<string, Tensor>): string[] =>
  [...new Set(Array.from(tensors.keys(), (name) => Number(name.split(".")[0])))]
    .filter((number) => number >= 0)
    .sort((a, b) => a - b)
    .map(String);

/** The modules of a file, each with its tensors' names and shapes. */
interface FileModule {
  readonly module: TorchModule;
  readonly tensors: readonly NamedShape[];
}

type NamedShape = readonly [name: string, shape: readonly number[]];

/** In PyTorch's names of a recurrent module, the number of the layer. */
const LAYER = /^((?:weight|bias)_[a-z]+_l)(\d+)((?:_reverse)?)$/;

/** The modules of a file. Of a recurrent one with several layers, each layer is one: "rnn_l0", "rnn_l1". */
function modulesOf(tensors: ReadonlyMap<string, Tensor>): FileModule[] {
  const moduleOf = joinedModules(tensors.keys());
  const joined = new Map<string, NamedShape[]>();
  for (const [tensor, { shape }] of tensors) {
    const place = moduleOf(tensor);
    if (!place) continue;
    joined.set(place.module, [...(joined.get(place.module) ?? []), [place.name, shape]]);
  }
  const others = new Map([...tensors].filter(([name]) => !moduleOf(name)));
  return [
    ...[...joined].map(([name, tensors]) => ({ module: torchModule(name), tensors })),
    ...plainModules(others),
  ];
}

function plainModules(tensors: ReadonlyMap<string, Tensor>): FileModule[] {
  return [...moduleTensors(tensors)].flatMap(([name, own]): FileModule[] => {
    const shapes = [...own].map(([tensor, { shape }]): NamedShape => [tensor, shape]);
    const layers = new Map<number, NamedShape[]>();
    for (const [tensor, shape] of shapes) {
      const [, kind, number, direction] = LAYER.exec(tensor) ?? [];
      const layer = Number(number ?? 0);
      const first: NamedShape = [number === undefined ? tensor : `${kind}0${direction}`, shape];
      layers.set(layer, [...(layers.get(layer) ?? []), first]);
    }
    if (layers.size < 2) return [{ module: torchModule(name), tensors: shapes }];
    return [...layers].map(([layer, tensors]) => ({
      module: { name: `${name}${name === "" ? "" : "_"}l${layer}`, module: name, layer },
      tensors,
    }));
  });
}

/** The orders in which modules have the shapes of the layers that take them. */
function moduleOrders(model: AnyNetwork, tensors: ReadonlyMap<string, Tensor>) {
  const inFile = new Map(torchTensors(model).map((tensor) => [tensor.own, tensor]));
  const text = (shapes: readonly NamedShape[]) =>
    shapes
      .map(([name, shape]) => `${name} ${shape}`)
      .sort()
      .join("; ");
  const wanted = unnamedModules(model).map((own) =>
    text(
      own.flatMap((tensor): NamedShape[] => {
        const { name, shape, inModule } = inFile.get(tensor) as FileTensor;
        return [[inModule ?? name.slice(name.lastIndexOf(".") + 1), shape]];
      }),
    ),
  );
  const taken = new Set(model.layerConfigs.map(({ name }) => name));
  const modules = modulesOf(tensors)
    .filter(({ module }) => module.layer > 0 || !taken.has(module.module))
    .map(({ module, tensors }) => ({
      name: module.name,
      group: module.module,
      module,
      shapes: text(tensors),
    }));
  if (modules.length !== wanted.length) return { orders: [], complete: true };
  return ordersOf(modules, ({ shapes }, _, place) => shapes === wanted[place]);
}

/** @throws FormatError where a file does not fit, or would fit the other way round just as well */
function checkPlan(
  { problems, places }: Plan,
  layout: WeightsLayout | undefined,
  format: string | undefined,
  planAs: (layout: WeightsLayout) => Plan,
): void {
  if (problems !== "") {
    const other = layout === "torch" ? "lanewise" : "torch";
    const plan = planAs(other);
    const hint =
      plan.problems !== "" && !plan.ambiguous
        ? ""
        : other === "torch"
          ? '; its names and shapes are those of a state_dict of PyTorch: pass layout: "torch"'
          : "; its names and shapes are those of lanewise: leave out layout";
    throw new FormatError(`${WHO}: ${problems}${hint}`);
  }
  // Square kernels fit either way. What Hugging Face's and PyTorch's own writers mark so is a state_dict.
  if (layout !== undefined || format !== "pt" || !places.some(({ shape }) => shape.length === 2)) return;
  if (planAs("torch").problems === "")
    throw new FormatError(
      `${WHO}: its metadata say that PyTorch wrote it: pass layout: "torch", or "lanewise" where its kernels are [inputs, units]`,
    );
}

/** @throws ValueError for layers that the model does not have */
function checkLayers({ structure }: AnyNetwork, layers: LoadWeightsOptions["layers"]): void {
  if (layers === undefined) return;
  if (!Array.isArray(layers))
    throw new ValueError(`${WHO} expected layers to be an array, got ${show(layers)}`);
  const own = new Set(structure.layers.map(({ layer }) => layer));
  const other = layers.findIndex((layer) => !own.has(layer));
  if (other < 0) return;
  const type = layers[other]?.config?.type;
  throw new ValueError(
    `${WHO} expected layers of the model, got ${type === undefined ? show(layers[other]) : `a layer ${type} that it does not have`} at index ${other}; pass some of model.layers`,
  );
}

/** @throws ValueError for an order that does not name a module for each layer */
function checkOrder(model: AnyNetwork, { layout, order, names }: LoadWeightsOptions): void {
  if (order === undefined) return;
  if (layout !== "torch")
    throw new ValueError(`${WHO} expected layout "torch" with order, got ${show(layout)}`);
  if (names) throw new ValueError(`${WHO} expected order or names, got both`);
  const layers = unnamedModules(model).length;
  if (!Array.isArray(order) || new Set(order).size !== layers || order.length !== layers)
    throw new ValueError(
      `${WHO} expected order to name ${layers} different modules, one for each layer with weights, got ${Array.isArray(order) ? order.join(", ") : show(order)}`,
    );
}

/** Refuses what only looks like weights of this layout. @throws FormatError */
function checkKind(layout: WeightsLayout, format: string | undefined): void {
  const file = tensorFileOf(format);
  if (file.kind === "checkpoint") throw new FormatError(`${WHO}: ${insteadOf("a file of weights", file)}`);
  const advice = 'leave out layout, or pass "lanewise"';
  if (file.kind === "model" && layout === "torch")
    throw new FormatError(`${WHO}: ${insteadOf("a state_dict of PyTorch", { ...file, advice })}`);
}
