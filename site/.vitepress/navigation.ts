import type { DefaultTheme } from "vitepress";

const page = (text: string, link: string): DefaultTheme.SidebarItem => ({ text, link });

/** The pages in the order in which they are read. */
export const sections: DefaultTheme.SidebarItem[] = [
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
  {
    text: "How-to",
    items: [
      page("Overview", "/guide/"),
      page("Train a model", "/guide/train"),
      page("Losses, weights, metrics", "/guide/losses-and-metrics"),
      page("Optimizers and rates", "/guide/optimizers"),
      page("Layers", "/guide/layers"),
      page("Models as graphs", "/guide/graphs"),
      page("Layers of your own", "/guide/custom-layers"),
      page("Data", "/guide/data"),
      page("Tables", "/guide/tables"),
      page("Images", "/guide/images"),
      page("Save and load", "/guide/save-and-load"),
      page("Predict, and the edge", "/guide/inference"),
      page("Import and export", "/guide/import-export"),
      page("Memory", "/guide/memory"),
    ],
  },
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
  {
    text: "Explanation",
    items: [
      page("The mathematics", "/mathematics"),
      page("The numbers", "/numerics"),
      page("Reproducibility", "/guide/reproducibility"),
      page("Speed", "/guide/speed"),
    ],
  },
  {
    text: "Reference",
    items: [
      page("API", "/api/"),
      page("Command line", "/guide/command-line"),
      page("Runtimes and bundlers", "/guide/runtimes"),
      page("File formats", "/interop"),
      page("Changes", "/changelog"),
    ],
  },
];

export const navigation: DefaultTheme.NavItem[] = [
  { text: "Playground", link: "/playground/", activeMatch: "^/playground/" },
  { text: "Tutorial", link: "/tutorial/", activeMatch: "^/tutorial/" },
  {
    text: "How-to",
    link: "/guide/",
    activeMatch: "^/guide/(?!reproducibility|speed|command-line|runtimes)",
  },
  { text: "Migrate", link: "/migrate/", activeMatch: "^/migrate/" },
  {
    text: "Explanation",
    link: "/mathematics",
    activeMatch: "^/(mathematics|numerics|guide/(reproducibility|speed))",
  },
  {
    text: "Reference",
    link: "/api/",
    activeMatch: "^/(api/|interop|changelog|guide/(command-line|runtimes))",
  },
];

/** The pages of the API have a sidebar of their own, to which the theme adds its first line. */
export const sidebar: DefaultTheme.Sidebar = {
  "/": sections,
  "/api/": [{ items: [page("API", "/api/"), page("All documentation", "/guide/")] }],
};
