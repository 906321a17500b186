import { Comment, DeclarationReflection, ReflectionGroup, ReflectionKind, Slugger } from "typedoc";
import { ModuleRouter } from "typedoc-plugin-markdown";

/** The topics of the main module, in the order in which one needs them, and what each is about. */
const topics = {
  Models: "Networks of layers: building, training, loading, checking gradients.",
  Networks: "What every model can do: predicting, forward and backward passes, parameters.",
  Layers: "What models are made of: dense layers, activations, normalization, dropout.",
  "Convolution and pooling": "Layers for images and sequences.",
  Sequences: "Layers that read and remember: embeddings, recurrent layers, attention.",
  "Custom layers": "Layers of your own, of operations or in JavaScript.",
  Operations: "Functions of matrices and of the tensors of a graph.",
  Training: "The options of `fit` and `evaluate`, callbacks, and what both return.",
  Losses: "What training minimises.",
  Optimizers: "How training changes weights, and schedules for the learning rate.",
  Metrics: "Scores of predictions.",
  Data: "Splitting, scaling, one-hot encoding, images and augmentation.",
  Records: "Objects with names, dates and numbers as inputs of a model.",
  "Model files": "Saving, loading, and weights of PyTorch.",
  Backend: "WebAssembly: its builds, and the memory that everything lives in.",
  Errors: "What the library throws.",
};

/** A part of another entry that has a page of its own. */
const parts = {
  "lanewise/table scores": "Scores of models on tables: held-out rows, cross-validation, importance, tuning.",
  "lanewise/distributed engines": "Where runs are computed: threads, queues, their workers and programs.",
};

/** The topic of what is in a folder of src/, or in one of its files. */
const places = {
  builds: "Backend",
  core: "Backend",
  data: "Data",
  "distributed/bullmq": "lanewise/distributed engines",
  "distributed/canonical.ts": "lanewise/distributed engines",
  "distributed/engine.ts": "lanewise/distributed engines",
  "distributed/own-layers.ts": "lanewise/distributed engines",
  "distributed/registry.ts": "lanewise/distributed engines",
  "distributed/run.ts": "lanewise/distributed engines",
  "distributed/threads.ts": "lanewise/distributed engines",
  encoding: "Records",
  files: "Model files",
  layers: "Layers",
  "layers/attention.ts": "Sequences",
  "layers/bidirectional.ts": "Sequences",
  "layers/custom-layer.ts": "Custom layers",
  "layers/embedding.ts": "Sequences",
  "layers/masking.ts": "Sequences",
  "layers/positions.ts": "Sequences",
  "layers/recurrent.ts": "Sequences",
  "layers/transformer.ts": "Sequences",
  "network/stepper.ts": "Sequences",
  "layers/convolution.ts": "Convolution and pooling",
  "layers/depthwise.ts": "Convolution and pooling",
  "layers/functions.ts": "Operations",
  "layers/padding.ts": "Convolution and pooling",
  "layers/pooling.ts": "Convolution and pooling",
  "layers/resampling.ts": "Convolution and pooling",
  "layers/windows.ts": "Convolution and pooling",
  losses: "Losses",
  matrix: "Operations",
  "matrix/backend.ts": "Backend",
  metrics: "Metrics",
  model: "Models",
  network: "Networks",
  ops: "Layers",
  "ops/resample.ts": "Convolution and pooling",
  optimizers: "Optimizers",
  "table/cross-validate.ts": "lanewise/table scores",
  "table/evaluate.ts": "lanewise/table scores",
  "table/importance.ts": "lanewise/table scores",
  "table/intervals.ts": "lanewise/table scores",
  "table/of-task.ts": "lanewise/table scores",
  "table/predictions.ts": "lanewise/table scores",
  "table/score-predictions.ts": "lanewise/table scores",
  "table/scores.ts": "lanewise/table scores",
  "table/tune.ts": "lanewise/table scores",
  training: "Training",
};

/** The page that a symbol moves to from its module; of the main module every symbol does. */
function topicOf(reflection, module, context) {
  const isMain = module.name === "lanewise";
  if (isMain && reflection.name.endsWith("Error")) return "Errors";
  const file = context.getSymbolFromReflection(reflection)?.declarations?.[0].getSourceFile().fileName ?? "";
  const [, path = "", folder = ""] = file.match(/\/src\/((\w+)\/.*)/) ?? [];
  const topic = places[path] ?? places[path.slice(0, path.lastIndexOf("/"))] ?? places[folder];
  if (isMain && !(topic in topics))
    throw new Error(`typedoc-topics: expected a topic for ${reflection.name} of src/${path}`);
  return isMain || topic?.startsWith(`${module.name} `) ? topic : undefined;
}

/** Makes a module, and so a page, of each topic. */
export function divideByTopic(context) {
  const { project } = context;
  const modules = [...(project.children ?? [])];
  const pages = new Map(
    Object.entries({ ...topics, ...parts }).map(([title, summary]) => {
      const page = new DeclarationReflection(title, ReflectionKind.Module, project);
      page.comment = new Comment([{ kind: "text", text: summary }]);
      project.registerReflection(page, undefined, undefined);
      project.addChild(page);
      return [title, page];
    }),
  );
  for (const module of modules)
    for (const reflection of [...(module.children ?? [])]) {
      const page = pages.get(topicOf(reflection, module, context));
      if (!page) continue;
      module.removeChild(reflection);
      reflection.parent = page;
      page.addChild(reflection);
    }
  project.removeReflection(modules.find(({ name }) => name === "lanewise"));
}

/** The entry that a symbol is imported from. */
export function entryOf(reflection) {
  if (!reflection.kindOf(ReflectionKind.Module)) return entryOf(reflection.parent);
  return reflection.name in topics ? "lanewise" : reflection.name.split(" ")[0];
}

/** Lists the topics in their order, before the entries that stand alone. */
export function orderPages({ project }) {
  const isTopic = ({ name }) => name in topics;
  const titles = Object.keys(topics);
  const modules = project.children ?? [];
  project.groups = [
    group(
      "lanewise",
      project,
      titles.map((title) => modules.find(({ name }) => name === title)),
    ),
    group(
      "Other entries",
      project,
      modules.filter((module) => !isTopic(module)),
    ),
  ];
}

/** Puts interfaces and aliases of a page under one heading: both are types to who reads it. */
export function gatherTypes({ project }) {
  const isOfTypes = ({ title }) => title === "Interfaces" || title === "Type Aliases";
  for (const module of project.children ?? []) {
    const groups = module.groups ?? [];
    const types = groups.filter(isOfTypes).flatMap(({ children }) => children);
    module.groups = groups.filter((group) => !isOfTypes(group));
    if (types.length > 0)
      module.groups.push(
        group(
          "Types",
          module,
          types.sort((a, b) => (a.name < b.name ? -1 : 1)),
        ),
      );
  }
}

function group(title, owner, children) {
  const group = new ReflectionGroup(title, owner);
  group.children = children;
  return group;
}

/** A page for each topic, such as layers, and for each other entry, such as table. */
export class TopicRouter extends ModuleRouter {
  getIdealBaseName(reflection) {
    return reflection.name.replace("lanewise/", "").replaceAll(" ", "-").toLowerCase();
  }

  buildChildPages(module, pages) {
    const url = this.getFileName(this.getIdealBaseName(module));
    this.fullUrls.set(module, url);
    this.sluggers.set(module, new Slugger(this.sluggerConfiguration));
    pages.push({ kind: this.getPageKind(module), model: module, url });
    module.traverse((child) => {
      this.buildAnchors(child, module);
      return true;
    });
  }

  /** Anchors such as #dense, #model-fit and #fitoptions-epochs. */
  getSlugger(page) {
    const slugger = super.getSlugger(page);
    const slug = (name) =>
      slugger.slug(name.replace(/^(abstract|Property|Type Parameter)-/i, "").replaceAll(".", "-"));
    return { slug };
  }
}
