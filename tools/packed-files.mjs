// What an import of a .packed file stands for: its text.
import { readFileSync } from "node:fs";

const textOf = (path) => JSON.stringify(readFileSync(path, "utf8"));

/** As a module. */
export const packedModule = (path) => `export default ${textOf(path)};`;

/**
 * For esbuild: calls stand for the texts until the code is minified and its lines are broken, which would
 * break the texts too.
 */
export const packedFiles = {
  name: "packed-files",
  setup(build) {
    build.onLoad({ filter: /\.packed$/ }, ({ path }) => ({
      contents: `export default packedText(${JSON.stringify(path)});`,
      loader: "js",
    }));
  },
};

/**
 * The code with the texts at its end, on lines of their own: gzip then codes them apart from it, half a
 * kilobyte shorter, and Node prints the line of an uncaught error, which should be short. Nothing reads a
 * text before the whole of the code has run once.
 */
export function insertPacked(code) {
  const texts = [];
  const begun = code.replace(
    /((?:const|let|var) |,)([\w$]+)=packedText\("([^"]+)"\)/g,
    (_, before, name, path) => {
      texts.push(`${name}=\n${textOf(path)}\n;`);
      return (before === "," ? "," : "var ") + name;
    },
  );
  if (begun.includes("packedText(")) throw new Error("a packed text stands where it cannot be moved from");
  return begun + texts.join("");
}
