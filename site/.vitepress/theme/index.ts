import type { Theme } from "vitepress";
import DefaultTheme from "vitepress/theme-without-fonts";
import LiveCode from "../../live/LiveCode.vue";
import HomePage from "./HomePage.vue";
import { keepOffline } from "./offline.js";
import PlaygroundLayout from "./PlaygroundLayout.vue";
import SiteLayout from "./SiteLayout.vue";
import "./tokens.css";
import "./style.css";

/** A layout in the front matter of a page is a component of this name. */
export default {
  extends: DefaultTheme,
  Layout: SiteLayout,
  enhanceApp({ app }) {
    app.component("home-page", HomePage);
    app.component("LiveCode", LiveCode);
    app.component("playground", PlaygroundLayout);
    keepOffline();
  },
} satisfies Theme;
