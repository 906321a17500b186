import { fileURLToPath } from "node:url";
import type { Plugin } from "vitepress";

/** Workers that nobody waits for at a first visit. They take the package as programs in the pages do. */
const LATER = /resuming-trainer\.ts$/;

/** Builds of the kernels that most engines never ask for. */
const RARE = ["scalar", "relaxed"];

/** The SIMD build inside the package: base64 of a file that begins as each WebAssembly module. */
const INSIDE = /"AGFzbQ[^"]*"/;

/** What workers import as the package. */
const apart = fileURLToPath(new URL("kernels-in-file.ts", import.meta.url));

/**
 * Keeps out of workers what would be in the folder of the site several times. The SIMD build is one file
 * beside them, which as base64 would take half as many bytes again over the wire. The rare builds they import
 * from live/, and workers that come later the package itself, whole. The scripts of workers are in a folder
 * beside it.
 */
export function sharedLibrary(fileOf: (name: string) => string): Plugin {
  const whole = fileOf("lanewise");
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
      const name = comesLater && found.id === whole ? "lanewise" : shared.get(found.id);
      if (name) return { id: `../live/${name}.js`, external: true };
      return found.id === whole && importer !== apart ? apart : found;
    },
    transform(code, id) {
      if (id !== whole) return undefined;
      if (!INSIDE.test(code)) throw new Error(`No build of the kernels is inside ${id}.`);
      return { code: code.replace(INSIDE, '""'), map: null };
    },
  };
}
