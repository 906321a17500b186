// What an import of a .packed file stands for: its text.
import { readFileSync } from "node:fs";

const textOf = (path) => JSON.stringify(readFileSync(path, "utf8"));

/** As a module. */
export const packedModule = (path) => `export default ${textOf(path)};`;

/** For esbuild: names stand for the texts until the code is minified and its lines are broken, which would break the texts too. */
export const packedFiles = {
  name: "packed-files",
  setup(build) {
    build.onLoad({ filter: /\.packed$/ }, ({ path }) => ({ contents: `export default ${JSON.stringify(`packed:${path}`)};`, loader: "js" }));
  },
};

/** The code with the texts in their places, on lines of their own: Node prints the line of an uncaught error. */
export const insertPacked = (code) => code.replace(/"packed:([^"]+)"/g, (_, path) => `\n${textOf(path)}\n`);
