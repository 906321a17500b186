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
      page("Overview", "/how-to/"),
      page("Train a model", "/how-to/train"),
      page("Losses, weights, metrics", "/how-to/losses-and-metrics"),
      page("Optimizers and rates", "/how-to/optimizers"),
      page("Layers", "/how-to/layers"),
      page("Models as graphs", "/how-to/graphs"),
      page("Layers of your own", "/how-to/custom-layers"),
      page("Data", "/how-to/data"),
      page("Tables", "/how-to/tables"),
      page("Images", "/how-to/images"),
      page("Save and load", "/how-to/save-and-load"),
      page("Predict, and the edge", "/how-to/inference"),
      page("Import and export", "/how-to/import-export"),
      page("Memory", "/how-to/memory"),
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
      page("The mathematics", "/explanation/mathematics"),
      page("The numbers", "/explanation/numerics"),
      page("Reproducibility", "/explanation/reproducibility"),
      page("Speed", "/explanation/speed"),
    ],
  },
  {
    text: "Reference",
    items: [
      page("API", "/api/"),
      page("Command line", "/reference/command-line"),
      page("Runtimes and bundlers", "/reference/runtimes"),
      page("File formats", "/reference/file-formats"),
      page("Changes", "/changelog"),
    ],
  },
];

export const navigation: DefaultTheme.NavItem[] = [
  { text: "Playground", link: "/playground/", activeMatch: "^/playground/" },
  { text: "Tutorial", link: "/tutorial/", activeMatch: "^/tutorial/" },
  { text: "How-to", link: "/how-to/", activeMatch: "^/how-to/" },
  { text: "Migrate", link: "/migrate/", activeMatch: "^/migrate/" },
  { text: "Explanation", link: "/explanation/mathematics", activeMatch: "^/explanation/" },
  { text: "Reference", link: "/api/", activeMatch: "^/(api/|reference/|changelog)" },
];

/** The pages of the API have a sidebar of their own, to which the theme adds its first line. */
export const sidebar: DefaultTheme.Sidebar = {
  "/": sections,
  "/api/": [{ items: [page("API", "/api/"), page("All documentation", "/how-to/")] }],
};
