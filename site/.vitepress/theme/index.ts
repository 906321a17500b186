import type { Theme } from "vitepress";
import DefaultTheme from "vitepress/theme-without-fonts";
import { defineAsyncComponent } from "vue";
import { keepOffline } from "./offline.js";
import PlaygroundLayout from "./PlaygroundLayout.vue";
import SiteLayout from "./SiteLayout.vue";
import "./tokens.css";
import "./style.css";
import "./drawing.css";
import "./code.css";
import "./controls.css";
import "./panels.css";
import "./embedded.css";

/** A layout in the front matter of a page is a component of this name. */
export default {
  extends: DefaultTheme,
  Layout: SiteLayout,
  enhanceApp({ app }) {
    // Fetched for the pages that have them.
    app.component(
      "home-page",
      defineAsyncComponent(() => import("./HomePage.vue")),
    );
    app.component(
      "LiveCode",
      defineAsyncComponent(() => import("../../live/LiveCode.vue")),
    );
    app.component("playground", PlaygroundLayout);
    keepOffline();
  },
} satisfies Theme;
