import { readFile } from "node:fs/promises";
import type { Plugin } from "vitepress";

/** The entries of the package that programs in the pages import. */
const names = ["lanewise", "table", "onnx", "tfjs", "brain", "text", "scalar", "relaxed"];

/**
 * Puts the entries of the package, as they are published, at live/ for the programs that run in a page. They
 * import each other, so they keep their names.
 */
export function liveModules(fileOf: (name: string) => string): Plugin {
  const sourceOf = async (name: string) =>
    (await readFile(fileOf(name), "utf8")).replace(/^\/\/# sourceMappingURL=.*$/m, "");
  return {
    name: "live-modules",
    async generateBundle() {
      for (const name of names)
        this.emitFile({ type: "asset", fileName: `live/${name}.js`, source: await sourceOf(name) });
    },
    configureServer({ middlewares }) {
      middlewares.use(async ({ url = "" }, response, next) => {
        const [, name = ""] = url.match(/\/live\/(\w+)\.js$/) ?? [];
        if (!names.includes(name)) return next();
        response.setHeader("Content-Type", "text/javascript; charset=utf-8");
        response.end(await sourceOf(name));
      });
    },
  };
}
