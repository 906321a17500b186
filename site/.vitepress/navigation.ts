import type { DefaultTheme } from "vitepress";

export const navigation: DefaultTheme.NavItem[] = [
  { text: "Playground", link: "/playground/", activeMatch: "^/playground/" },
  { text: "Guides", link: "/guide/", activeMatch: "^/guide/" },
  { text: "Mathematics", link: "/mathematics" },
];

const guides: DefaultTheme.SidebarItem[] = [
  {
    text: "Train",
    items: [
      { text: "Train", link: "/guide/train" },
      { text: "Losses and metrics", link: "/guide/losses-and-metrics" },
      { text: "Optimizers", link: "/guide/optimizers" },
      { text: "Layers", link: "/guide/layers" },
      { text: "Models as graphs", link: "/guide/graphs" },
      { text: "Layers of your own", link: "/guide/custom-layers" },
    ],
  },
  {
    text: "Data",
    items: [
      { text: "Tables", link: "/guide/tables" },
      { text: "Data", link: "/guide/data" },
      { text: "Images", link: "/guide/images" },
    ],
  },
  {
    text: "Use",
    items: [
      { text: "Save and load", link: "/guide/save-and-load" },
      { text: "Predict and edge", link: "/guide/inference" },
      { text: "Import and export", link: "/guide/import-export" },
      { text: "Command line", link: "/guide/command-line" },
      { text: "Runtimes and bundlers", link: "/guide/runtimes" },
    ],
  },
  {
    text: "Background",
    items: [
      { text: "Reproducibility", link: "/guide/reproducibility" },
      { text: "Speed", link: "/guide/speed" },
      { text: "Memory", link: "/guide/memory" },
      { text: "Equations", link: "/mathematics" },
      { text: "Numerical accuracy", link: "/numerics" },
      { text: "File formats", link: "/interop" },
      { text: "Changes", link: "/changelog" },
    ],
  },
];

export const sidebar: DefaultTheme.Sidebar = { "/": guides };
