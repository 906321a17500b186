import type { DefaultTheme } from "vitepress";

type Item = DefaultTheme.SidebarItem;

const page = (text: string, link: string): Item => ({ text, link });

/** A kind of documentation, with its pages in groups, in the order in which they are read. */
export interface Section {
  readonly text: string;
  readonly folder: string;
  readonly groups: Item[];
}

export const sections: readonly Section[] = [
  {
    text: "Tutorial",
    folder: "/tutorial/",
    groups: [
      {
        text: "Tutorial",
        items: [
          page("Overview", "/tutorial/"),
          page("1. A first network", "/tutorial/first-network"),
          page("2. A curve", "/tutorial/curve"),
          page("3. One step by hand", "/tutorial/one-step"),
          page("4. Handwritten digits", "/tutorial/digits"),
          page("5. A table of your own", "/tutorial/table"),
          page("6. Page, worker, edge", "/tutorial/everywhere"),
        ],
      },
    ],
  },
  {
    text: "How-to",
    folder: "/how-to/",
    groups: [
      { text: "How-to", items: [page("Overview", "/how-to/")] },
      {
        text: "Train",
        items: [
          page("Train a model", "/how-to/train"),
          page("Batches one by one", "/how-to/batches"),
          page("Stop early", "/how-to/stop-early"),
          page("Continue training later", "/how-to/continue-training"),
          page("Change the learning rate", "/how-to/learning-rates"),
          page("Handle uneven classes", "/how-to/uneven-classes"),
          page("Names of classes", "/how-to/class-names"),
          page("Use your own loss", "/how-to/custom-loss"),
          page("Your own training step", "/how-to/training-loop"),
          page("Validate with folds", "/how-to/folds"),
        ],
      },
      {
        text: "Build models",
        items: [
          page("Layers as a graph", "/how-to/graphs"),
          page("Share weights", "/how-to/share-weights"),
          page("Freeze layers", "/how-to/freeze-layers"),
          page("Compose a layer", "/how-to/compose-layer"),
          page("A layer in JavaScript", "/how-to/custom-layer"),
          page("Normalize layers", "/how-to/normalize"),
          page("Describe it as JSON", "/how-to/json"),
          page("Look inside a model", "/how-to/inspect"),
        ],
      },
      {
        text: "Tables",
        items: [
          page("Train on a table", "/how-to/tables"),
          page("Read CSV, JSON and Parquet", "/how-to/table-files"),
          page("Say what columns are", "/how-to/table-columns"),
          page("Score a model", "/how-to/table-scores"),
          page("Explain a model", "/how-to/table-importance"),
          page("Tune a model", "/how-to/table-tuning"),
          page("Add new rows", "/how-to/table-updates"),
          page("Predict records", "/how-to/table-records"),
          page("Larger than memory", "/how-to/large-tables"),
          page("Files of any size", "/how-to/large-files"),
          page("Encode a table", "/how-to/table-encoding"),
        ],
      },
      {
        text: "On all cores",
        items: [page("Search a network", "/how-to/sweeps"), page("On many machines", "/how-to/distributed")],
      },
      {
        text: "Images",
        items: [
          page("Train on a folder of images", "/how-to/images"),
          page("Read images", "/how-to/read-images"),
          page("Build a network for images", "/how-to/image-networks"),
          page("Augment images", "/how-to/augment"),
        ],
      },
      {
        text: "Sequences and text",
        items: [
          page("Train on sequences", "/how-to/sequences"),
          page("Write text with a model", "/how-to/generate-text"),
          page("Forecast a time series", "/how-to/forecast"),
          page("Run it step by step", "/how-to/step-by-step"),
        ],
      },
      {
        text: "Save and run",
        items: [
          page("Save and load a model", "/how-to/save-and-load"),
          page("Predict", "/how-to/predict"),
          page("Use it in a page", "/how-to/page"),
          page("Train in a Web Worker", "/how-to/web-worker"),
          page("Cloudflare Workers", "/how-to/cloudflare-workers"),
          page("Next.js and Vercel", "/how-to/next-js"),
          page("Make it faster", "/how-to/speed-up"),
          page("Use several threads", "/how-to/threads"),
          page("Free memory", "/how-to/free-memory"),
        ],
      },
      {
        text: "Exchange models",
        items: [
          page("ONNX", "/how-to/onnx"),
          page("PyTorch", "/how-to/pytorch"),
          page("TensorFlow.js and Keras", "/how-to/tensorflow-js"),
        ],
      },
    ],
  },
  {
    text: "Migrate",
    folder: "/migrate/",
    groups: [
      {
        text: "Migrate",
        items: [
          page("Overview", "/migrate/"),
          page("From brain.js", "/migrate/brain"),
          page("From TensorFlow.js", "/migrate/tensorflow-js"),
          page("From Keras", "/migrate/keras"),
          page("From PyTorch", "/migrate/pytorch"),
        ],
      },
    ],
  },
  {
    text: "Explanation",
    folder: "/explanation/",
    groups: [
      {
        text: "Explanation",
        items: [
          page("Overview", "/explanation/"),
          page("How it works", "/explanation/how-it-works"),
          page("When to use it, and when not", "/explanation/when-to-use"),
          page("Reproducibility", "/explanation/reproducibility"),
          page("Speed", "/explanation/speed"),
          page("Accuracy", "/explanation/accuracy"),
          page("The mathematics", "/explanation/mathematics"),
          page("The numbers", "/explanation/numerics"),
        ],
      },
    ],
  },
  {
    text: "Reference",
    folder: "/reference/",
    groups: [
      {
        text: "Reference",
        items: [
          page("Overview", "/reference/"),
          page("Layers", "/reference/layers"),
          page("Losses", "/reference/losses"),
          page("Metrics", "/reference/metrics"),
          page("Optimizers and schedules", "/reference/optimizers"),
          page("Options of fit", "/reference/fit"),
          page("Data functions", "/reference/data"),
          page("Table functions", "/reference/table"),
          page("Command line", "/reference/command-line"),
          page("Runtimes and bundlers", "/reference/runtimes"),
          page("File formats", "/reference/file-formats"),
        ],
      },
      { text: "More", items: [page("API", "/api/"), page("Changes", "/changelog")] },
    ],
  },
];

/** The pages of a section, without those that are made from the sources or the changelog. */
export const pagesOf = ({ folder, groups }: Section): { title: string; link: string }[] =>
  groups
    .flatMap(({ items = [] }) => items)
    .map(({ text: title = "", link = "" }) => ({ title, link }))
    .filter(({ link }) => link.startsWith(folder));

export const navigation: DefaultTheme.NavItem[] = [
  { text: "Playground", link: "/playground/", activeMatch: "^/playground/" },
  ...sections.map(({ text, folder }) => ({
    text,
    link: folder,
    activeMatch: folder === "/reference/" ? "^/(reference/|api/|changelog)" : `^${folder}`,
  })),
];

/** Each section has a sidebar of its own. To that of the API the theme adds its first line. */
export const sidebar: DefaultTheme.Sidebar = {
  ...Object.fromEntries(sections.map(({ folder, groups }) => [folder, groups])),
  "/changelog": sections.find(({ folder }) => folder === "/reference/")?.groups ?? [],
  "/api/": [{ items: [page("API", "/api/"), page("Reference", "/reference/")] }],
};
