import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import { componentIds } from "./component-ids.js";
import { withContentSecurityPolicy } from "./content-security-policy.js";
import { drawingsInside } from "./drawings.js";
import { englishNumbers } from "./english-numbers.js";
import { isolated } from "./isolated.js";
import { linksInside } from "./links-inside.js";
import { liveCode } from "./live-code.js";
import { liveModules } from "./live-modules.js";
import { navigation, sidebar } from "./navigation.js";
import { writeOfflineWorker } from "./offline.js";
import { plainPermalinks } from "./permalinks.js";
import { searchable } from "./searchable.js";
import { sharedLibrary } from "./shared-library.js";
import { emptyHeadsAreCells } from "./table-heads.js";
import { writeTexts } from "./texts.js";
import { tokenClasses } from "./token-classes.js";
import { unusedStyles } from "./unused-styles.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const built = (name: string) => `${root}dist/${name}.js`;

// A module of CommonJS, which imports see another way in Node than in the bundle of this file.
const katex = createRequire(import.meta.url)("@vscode/markdown-it-katex").default;

/** The path that the site is served under, such as "/lanewise/". */
const base = process.env.BASE ?? "/";

const MARK_EMBEDDED =
  'if (/[#&]embed(=|&|$)/.test(location.hash)) document.documentElement.classList.add("embedded")';

export default defineConfig({
  title: "lanewise",
  description: "Trains and runs neural networks at SIMD speed in every JavaScript runtime.",
  lang: "en",
  base,
  srcExclude: ["node_modules/**"],
  outDir: `${root}out/site`,
  cacheDir: `${root}out/site-cache`,
  cleanUrls: true,
  metaChunk: true,
  // The service worker fetches every page, after the first one has loaded.
  router: { prefetchLinks: false },
  ignoreDeadLinks: "localhostLinks",
  head: [
    ["link", { rel: "icon", type: "image/svg+xml", href: `${base}icon.svg` }],
    ["meta", { name: "color-scheme", content: "light dark" }],
  ],
  markdown: {
    languageAlias: { mjs: "js" },
    codeTransformers: [tokenClasses],
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    config(markdown) {
      markdown.use(katex);
      emptyHeadsAreCells(markdown);
      plainPermalinks(markdown);
      linksInside(markdown, `${root}site`);
      drawingsInside(markdown, `${root}site`);
      liveCode(markdown);
    },
  },
  themeConfig: {
    nav: navigation,
    sidebar,
    search: {
      provider: "local",
      options: {
        _render(source, env, markdown) {
          const isApi = env.relativePath.startsWith("api/");
          return markdown.render(isApi ? searchable(source) : source, env);
        },
      },
    },
    outline: [2, 3],
    logo: { src: "/icon.svg", alt: "" },
  },
  // Before the first paint: what is around an embedded playground would be seen for a moment.
  transformHead: ({ pageData }) =>
    pageData.frontmatter.layout === "playground" ? [["script", {}, MARK_EMBEDDED]] : [],
  transformHtml: withContentSecurityPolicy,
  buildEnd({ outDir }) {
    writeTexts(outDir, `${root}site`);
    writeOfflineWorker(outDir);
  },
  // No component has options of the old kind.
  vue: { features: { optionsAPI: false, componentIdGenerator: componentIds() } },
  vite: {
    plugins: [isolated(), liveModules(built), englishNumbers(), unusedStyles()],
    resolve: {
      alias: [
        { find: /^lanewise$/, replacement: built("lanewise") },
        { find: /^lanewise\/(table|onnx|tfjs|text)$/, replacement: built("$1") },
        { find: /^lanewise\/simd\.wasm/, replacement: `${root}dist/simd.wasm` },
      ],
    },
    // Kernels are imported by a module that waits for them at its top level.
    // Tables stay files: the policy of the pages lets nothing be fetched from a data: address.
    build: { target: "es2022", assetsInlineLimit: (path) => (path.endsWith(".csv") ? false : undefined) },
    esbuild: { target: "es2022" },
    // Files that a page and a worker both fetch have one name in both.
    worker: {
      format: "es",
      plugins: () => [sharedLibrary(built)],
      rollupOptions: { output: { assetFileNames: "assets/[name].[hash].[ext]" } },
    },
    // As it is on the disk, so that the plugin sees it.
    optimizeDeps: { exclude: ["uplot"] },
    server: { fs: { allow: [root] } },
  },
});
