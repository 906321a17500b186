// Imports between the files of dist/, which stay imports, so that there is one of each class.

const external = (path) => ({ path, external: true, sideEffects: false });

/** For esbuild: the package by its name, and its other entries. */
export const byName = {
  name: "library-by-name",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^lanewise(\/|$)/ }, ({ path }) =>
      external(`./${path.replace(/^lanewise\//, "")}.js`),
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
