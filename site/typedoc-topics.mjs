import { Comment, DeclarationReflection, ReflectionGroup, ReflectionKind, Slugger } from "typedoc";
import { ModuleRouter } from "typedoc-plugin-markdown";

/** The topics of the main module, in the order in which one needs them, and what each is about. */
const topics = {
  Models: "Networks of layers: building, training, predicting, checking gradients.",
  Layers: "What models are made of, and layers of your own.",
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

/** The topic of what is in a folder of src/, or in one of its files. */
const places = {
  builds: "Backend",
  core: "Backend",
  data: "Data",
  encoding: "Records",
  files: "Model files",
  layers: "Layers",
  "layers/functions.ts": "Operations",
  losses: "Losses",
  matrix: "Operations",
  "matrix/backend.ts": "Backend",
  metrics: "Metrics",
  model: "Models",
  network: "Models",
  ops: "Layers",
  optimizers: "Optimizers",
  training: "Training",
};

function topicOf(reflection, context) {
  if (reflection.name.endsWith("Error")) return "Errors";
  const file = context.getSymbolFromReflection(reflection)?.declarations?.[0].getSourceFile().fileName ?? "";
  const [, path = "", folder = ""] = file.match(/\/src\/((\w+)\/.*)/) ?? [];
  const topic = places[path] ?? places[folder];
  if (!topic) throw new Error(`typedoc-topics: expected a topic for ${reflection.name} of src/${path}`);
  return topic;
}

/** Makes a module, and so a page, of each topic of the main module. */
export function divideByTopic(context) {
  const { project } = context;
  const main = project.children?.find(({ name }) => name === "lanewise");
  if (!main) throw new Error("typedoc-topics: expected a module lanewise, got none");
  const modules = new Map(
    Object.entries(topics).map(([title, summary]) => {
      const module = new DeclarationReflection(title, ReflectionKind.Module, project);
      module.comment = new Comment([{ kind: "text", text: summary }]);
      project.registerReflection(module, undefined, undefined);
      project.addChild(module);
      return [title, module];
    }),
  );
  for (const reflection of [...(main.children ?? [])]) {
    const module = modules.get(topicOf(reflection, context));
    main.removeChild(reflection);
    reflection.parent = module;
    module.addChild(reflection);
  }
  project.removeReflection(main);
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
