import { ReflectionCategory, ReflectionKind } from "typedoc";
import { MemberRouter } from "typedoc-plugin-markdown";

/** What is in a folder of src/, as a reader looks for it. */
const topics = {
  builds: "Backend",
  core: "Backend",
  data: "Data",
  encoding: "Records",
  files: "Model files",
  layers: "Layers",
  losses: "Losses",
  matrix: "Matrices",
  metrics: "Metrics",
  model: "Models",
  network: "Models",
  ops: "Layers",
  optimizers: "Optimizers",
  training: "Training",
};

/** The topic of a symbol, by the file that declares it. Only the main module has so many that it needs some. */
function topicOf(reflection, context) {
  if (reflection.name.endsWith("Error")) return "Errors";
  const file = context.getSymbolFromReflection(reflection)?.declarations?.[0].getSourceFile().fileName ?? "";
  const [, folder] = file.match(/\/src\/(\w+)\//) ?? [];
  const topic = topics[folder];
  if (!topic) throw new Error(`typedoc-topics: expected a topic for ${reflection.name} of src/${folder}`);
  return topic;
}

/** Divides the main module by topics. */
export function addTopics(context) {
  const main = context.project.children?.find(({ name }) => name === "lanewise");
  if (!main) throw new Error("typedoc-topics: expected a module lanewise, got none");
  const byTopic = new Map(Object.values(topics).map((topic) => [topic, []]));
  byTopic.set("Errors", []);
  for (const reflection of main.children ?? []) byTopic.get(topicOf(reflection, context)).push(reflection);
  main.categories = [...byTopic]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([title, children]) => {
      const category = new ReflectionCategory(title);
      category.children = children;
      return category;
    });
}

const fileName = (text) => text.replaceAll(" ", "-").toLowerCase();

/** A page for each symbol: lanewise/layers/dense, and lanewise/onnx/exportOnnx. */
export class TopicRouter extends MemberRouter {
  getIdealBaseName(reflection) {
    if (reflection.kindOf(ReflectionKind.Module)) return `${reflection.name}/index`;
    const module = reflection.parent;
    const topic = module?.categories?.find(({ children }) => children.includes(reflection))?.title;
    return [module?.name, topic && fileName(topic), reflection.name].filter(Boolean).join("/");
  }
}
