// Which properties may be called anything in the bundle.
import ts from "typescript";

/**
 * A pattern of the names in src/ that only private, protected and @internal members have: no string, no public member and nothing of the platform is called so.
 * esbuild gives those shorter ones, the same in each bundle.
 */
export function privateNames() {
  const { config } = ts.readConfigFile("tsconfig.json", ts.sys.readFile);
  const { fileNames: all, options } = ts.parseJsonConfigFileContent(config, ts.sys, ".");
  // What reads and writes ONNX takes the library as its users do: none of its names is one of the library's.
  const fileNames = all.filter((name) => !/\bonnx\b/.test(name));
  const hidden = new Set();
  const seen = new Set();
  for (const file of ts.createProgram(fileNames, options).getSourceFiles()) {
    const own = !file.fileName.includes("node_modules");
    const visit = (node) => {
      if (own && ts.isStringLiteralLike(node)) seen.add(node.text);
      const { name } = node;
      // Whatever has a name on the platform may be a property: functions of WebAssembly are.
      if (name && ts.isIdentifier(name) && (!own || isMember(node))) (own && isHidden(node) ? hidden : seen).add(name.text);
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  return new RegExp(`^(${[...hidden].filter((name) => name.length > 2 && !seen.has(name)).join("|")})$`);
}

/** Also a parameter of a constructor that is a field. */
const isMember = (node) =>
  ts.isClassElement(node) || ts.isTypeElement(node) || ts.isObjectLiteralElement(node) || (ts.isParameter(node) && ts.getModifiers(node)?.length > 0);

const isHidden = (node) =>
  (ts.getCombinedModifierFlags(node) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) !== 0 ||
  ts.getJSDocTags(node).some(({ tagName }) => tagName.text === "internal");
