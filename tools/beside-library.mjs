// Imports between the files of dist/, which stay imports, so that there is one of each class.
import { resolve } from "node:path";

const external = (path) => ({ path, external: true, sideEffects: false });

/** For esbuild: the package by its name, and its other entries. */
export const byName = {
  name: "library-by-name",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^lanewise(\/|$)/ }, ({ path }) =>
      external(`./${path.replace(/^lanewise\//, "")}.js`),
    ),
};

/** For esbuild: tables come from lanewise/table, and a thread reads files, in a module of its own. */
export const rowsApart = {
  name: "rows-apart",
  setup: ({ onResolve }) => {
    onResolve({ filter: /^\.\.\/table\.js$/ }, ({ importer }) =>
      importer.includes("node_modules") ? undefined : external("./table.js"),
    );
    onResolve({ filter: /^\.\/worker\.js$/ }, ({ kind, importer }) =>
      kind === "dynamic-import" && /[\\/]src[\\/]rows[\\/]/.test(importer)
        ? external("./rows-worker.js")
        : undefined,
    );
  },
};

/** For esbuild: errors come from the library, so that there is one class of each in all entries. */
export const errorsOfLibrary = {
  name: "errors-of-library",
  setup: ({ onResolve }) =>
    onResolve({ filter: /(^|\/)errors\.js$/ }, ({ importer, path }) =>
      /[\\/]src[\\/]/.test(importer) && /(core\/|^\.\/)errors\.js$/.test(path)
        ? external("./lanewise.js")
        : undefined,
    ),
};

/** For esbuild: errors are those that a module is given, so that it need not import the library. */
export const errorsGiven = {
  name: "errors-given",
  setup: ({ onResolve }) =>
    onResolve({ filter: /core\/errors\.js$|^\.\/errors\.js$/ }, ({ importer }) =>
      /[\\/]src[\\/]/.test(importer) ? { path: resolve("src/threads/errors.ts") } : undefined,
    ),
};

/** For esbuild: src/index.ts by its path, and what src/builds/ imports on demand. */
export const byPath = {
  name: "library-by-path",
  setup: ({ onResolve }) => {
    onResolve({ filter: /^(\.\.?\/)+index\.js$/ }, ({ importer }) =>
      importer.includes("node_modules") ? undefined : external("./lanewise.js"),
    );
    onResolve({ filter: /^\.\// }, ({ kind, importer, path }) =>
      kind === "dynamic-import" && /[\\/]src[\\/]builds[\\/]/.test(importer) ? external(path) : undefined,
    );
  },
};
