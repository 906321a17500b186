import type { Plugin } from "vitepress";

/** Workers that nobody waits for at a first visit. They take the package as programs in the pages do. */
const LATER = /resuming-trainer\.ts$/;

/** Builds of the kernels that most engines never ask for. */
const RARE = ["scalar", "relaxed"];

/**
 * Has workers import from live/ what would be in the folder of the site twice: the rare builds, and for
 * workers that come later the package itself, whole. The scripts of workers are in a folder beside it.
 */
export function sharedLibrary(fileOf: (name: string) => string): Plugin {
  const shared = new Map(RARE.map((name) => [fileOf(name), name]));
  let comesLater = false;
  return {
    name: "shared-library",
    apply: "build",
    enforce: "pre",
    buildStart({ input }) {
      comesLater = Object.values(input).some((path) => LATER.test(path));
    },
    async resolveId(source, importer, options) {
      const found = await this.resolve(source, importer, { ...options, skipSelf: true });
      if (!found) return undefined;
      const name = comesLater && found.id === fileOf("lanewise") ? "lanewise" : shared.get(found.id);
      return name ? { id: `../live/${name}.js`, external: true } : found;
    },
  };
}
