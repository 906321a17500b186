import type { Plugin } from "vitepress";
import { isolation } from "../isolation.js";

/**
 * Isolates pages while they are written, too. VitePress sends its own without the headers of the settings.
 */
export function isolated(): Plugin {
  return {
    name: "isolated",
    configureServer({ middlewares }) {
      middlewares.use((_, response, next) => {
        for (const [name, value] of Object.entries(isolation)) response.setHeader(name, value);
        next();
      });
    },
  };
}
