import { fileURLToPath } from "node:url";
import katex from "@vscode/markdown-it-katex";
import { defineConfig } from "vitepress";
import { withContentSecurityPolicy } from "./content-security-policy.js";
import { linksInside } from "./links-inside.js";
import { navigation, sidebar } from "./navigation.js";
import { writeOfflineWorker } from "./offline.js";

/** The repository: pages come from site/ and from docs/, so that nothing is written twice. */
const root = fileURLToPath(new URL("../..", import.meta.url));
const built = (name: string) => `${root}dist/${name}.js`;

/** The path that the site is served under, such as "/lanewise/". */
const base = process.env.BASE ?? "/";

export default defineConfig({
  title: "lanewise",
  description: "Trains and runs neural networks at SIMD speed in every JavaScript runtime.",
  lang: "en",
  base,
  srcDir: root,
  srcExclude: ["*.md", "!CHANGELOG.md", "{assembly,bench,cli,examples,out,src,test,tools,dist,dist.new}/**"],
  outDir: `${root}out/site`,
  cacheDir: `${root}out/site-cache`,
  rewrites: {
    "docs/guide/README.md": "guide/index.md",
    "docs/:page*": ":page*",
    "site/:page*": ":page*",
  },
  cleanUrls: true,
  // Its own rule below makes text of links to files that are no page.
  ignoreDeadLinks: false,
  head: [
    ["link", { rel: "icon", type: "image/svg+xml", href: `${base}icon.svg` }],
    ["meta", { name: "color-scheme", content: "light dark" }],
  ],
  markdown: {
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    config(markdown) {
      markdown.use(katex as never);
      markdown.use(linksInside, root);
    },
  },
  themeConfig: {
    nav: navigation,
    sidebar,
    search: { provider: "local" },
    outline: [2, 3],
    logo: { src: "/icon.svg", alt: "" },
  },
  transformHtml: withContentSecurityPolicy,
  buildEnd: ({ outDir }) => writeOfflineWorker(outDir),
  vite: {
    publicDir: `${root}site/public`,
    resolve: {
      alias: [
        { find: /^lanewise$/, replacement: built("lanewise") },
        { find: /^lanewise\/(table|onnx|tfjs)$/, replacement: built("$1") },
      ],
    },
    // Kernels are imported by a module that waits for them at its top level.
    build: { target: "es2022" },
    esbuild: { target: "es2022" },
    worker: { format: "es" },
    optimizeDeps: { include: ["uplot"] },
    server: { watch: { ignored: [`${root}{build,dist.new,out}/**`, `${root}*/**/node_modules/**`] } },
  },
});
